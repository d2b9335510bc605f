import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { describeMachine } from '../bench/report.ts';
import { startCluster } from '../cluster/parts/cluster.ts';
import type { Cluster } from '../cluster/parts/cluster.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { freePort, isAnswering, rareCollection, startComponent, waitUntilReady } from '../cluster/parts/process.ts';
import type { Component } from '../cluster/parts/process.ts';
import { service } from '../cluster/support/backends.ts';
import { BareRepository } from '../support/bare-repository.ts';
import { commandOf, placeProgram, programFile } from '../support/built-program.ts';
import { gitHttpServer } from '../support/git-server.ts';
import { shellBlocks, yamlBlock } from '../support/guide.ts';
import { until } from '../support/until.ts';
import { fluxTools, fluxVersion } from '../tools/flux.ts';

/**
 * npm run test:flux [-- --write-docs]
 *
 * The commands and manifests of docs/flux.md with the real source-controller and kustomize-controller, on a real API server
 * and a Git server of loopback: from a change of a Service to the ConfigMap in the cluster.
 */
const { values } = parseArgs({ options: { 'write-docs': { type: 'boolean', default: false } } });
const guide = 'docs/flux.md';
const [user, password] = ['x-access-token', 'a-token-of-the-test'];
const folderInGit = 'clusters/prod/holmesgpt';
const key = 'custom_toolset.yaml';
const startMs = 120_000;

const tools = fluxTools();
if (!tools) {
  console.error('missing parts; get them with:\nnode test/tools/flux.ts');
  process.exit(1);
}

/** What is left to do at the end, the last one first. */
const ends: (() => Promise<unknown>)[] = [];
const rows: (readonly [step: string, seconds: number | null])[] = [];

/** Runs one step, and says how long it took. */
async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await run();
  const seconds = (performance.now() - began) / 1000;
  rows.push([name, seconds]);
  console.log(`${name}: ${seconds.toFixed(1)} s`);
  return result;
}

/** Both controllers, with the rights of an administrator. Flux's own manifests give them theirs. */
async function startFlux(cluster: Cluster, folder: string): Promise<void> {
  const definitions = await Promise.all(tools!.definitions.map((file) => readFile(file, 'utf8')));
  await cluster.kubectl(['create', '-f', '-'], { input: definitions.join('\n---\n') });
  await cluster.kubectl(['create', 'namespace', 'flux-system']);
  const env = {
    ...rareCollection,
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    KUBECONFIG: await cluster.kubeconfig(),
    RUNTIME_NAMESPACE: 'flux-system',
  };
  const start = async (program: string, name: string, args: readonly string[]): Promise<Component> => {
    const health = await freePort();
    const own = ['--health-addr', `127.0.0.1:${String(health)}`, '--metrics-addr', '0', '--log-level', 'info'];
    const component = await startComponent(program, name, [...args, ...own], folder, { env });
    ends.push(() => component.stop());
    await waitUntilReady(component, startMs, () => isAnswering(`http://127.0.0.1:${String(health)}/readyz`));
    return component;
  };
  const storage = `127.0.0.1:${String(await freePort())}`;
  await mkdir(join(folder, 'artifacts'));
  await start(tools!.sourceController, 'source-controller', [
    ...['--storage-path', join(folder, 'artifacts')],
    ...['--storage-addr', storage, '--storage-adv-addr', storage],
  ]);
  await start(tools!.kustomizeController, 'kustomize-controller', []);
}

/** What the guide shows, with the Git server of the test in the place of the one that it names. */
function objectsOfGuide(url: string): KubeObject[] {
  const text = yamlBlock(guide, 'objects').replace('https://git.example.com/platform/fleet.git', url);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'flux-system', name: 'fleet' },
    stringData: { username: user, password },
  };
  return [secret, ...parseAllDocuments(text).map((one) => one.toJS() as KubeObject)];
}

/** The command of the guide that writes the ConfigMap, against the real cluster and the Git server. */
async function propose(
  program: string,
  url: string,
  files: { readonly token: string; readonly kubeconfig: string },
): Promise<Record<string, unknown>> {
  const script = shellBlocks(guide).find((one) => one.script.includes(`${folderInGit}/toolsets.yaml`))?.script ?? '';
  const [, shown = ''] = /^dynamic-toolset (propose .*)$/m.exec(script.replaceAll('\\\n', ' ')) ?? [];
  const args = shown
    .replace('https://git.example.com/platform/fleet.git', url)
    .replace('--git-token-file token', `--git-token-file ${files.token}`)
    .split(/\s+/);
  const more = ['--kubeconfig', files.kubeconfig, '--check', 'none', '--settle', '0s', '-o', 'json'];
  const [node, ...rest] = commandOf(program);
  const { stdout } = await promisify(execFile)(node, [...rest, ...args, ...more], { encoding: 'utf8' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-flux-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, programFile);
  await placeProgram(program);
  const cluster = await startCluster();
  ends.push(() => cluster.stop());
  await startFlux(cluster, folder);
  for (const namespace of ['holmesgpt', 'monitoring']) await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.apply([service('monitoring', 'prometheus', 9090)]);
  const repository = new BareRepository(folder);
  repository.commit({
    [`${folderInGit}/kustomization.yaml`]: yamlBlock(guide, 'kustomization'),
    [`${folderInGit}/settings/toolset.yaml`]: settings,
  });
  const git = await gitHttpServer({ folder, user, password });
  ends.push(() => git.close());
  const url = `${git.url}/fleet.git`;
  const files = { token: join(folder, 'token'), kubeconfig: await cluster.kubeconfig() };
  await writeFile(files.token, `${password}\n`, { mode: 0o600 });
  const merge = (): string => {
    const [branch = ''] = repository.proposals();
    const commit = repository.tip(branch) ?? '';
    repository.git('update-ref', 'refs/heads/main', commit);
    return commit;
  };
  const toolsets = async (): Promise<string> => {
    const args = ['get', 'configmap', 'custom-toolsets-configmap', '--namespace', 'holmesgpt', '--ignore-not-found'];
    const text = await cluster.kubectl([...args, '-o', 'json']);
    return text.trim() === '' ? '' : ((JSON.parse(text) as { data: Record<string, string> }).data[key] ?? '');
  };
  const look = async (object: string): Promise<void> => {
    const script = shellBlocks(guide).find(({ id }) => id === 'reconcile')?.script ?? '';
    const [, flags = ''] = /^kubectl (.*)$/m.exec(script.replace('gitrepository/fleet', object)) ?? [];
    const args = flags.replace('"$(date +%s)"', String(Date.now())).split(' ');
    await cluster.kubectl(args);
  };

  const first = await step('The first proposal', () => propose(program, url, files));
  assert.equal(first.outcome, 'proposed');
  merge();
  await step('From the objects of Flux to the ConfigMap', async () => {
    await cluster.apply(objectsOfGuide(url));
    await until('the ConfigMap is there', async () => (await toolsets()).includes(':9090'));
  });
  assert.equal((await propose(program, url, files)).outcome, 'closed');

  await cluster.apply([service('monitoring', 'prometheus', 9091)]);
  const second = await step('A Service on another port, to its commit', () => propose(program, url, files));
  assert.equal(second.outcome, 'proposed');
  assert.ok((await toolsets()).includes(':9090'), 'nothing is applied before the merge');
  const commit = merge();
  await step('From the merge to the ConfigMap, asked for', async () => {
    await look('gitrepository/fleet');
    await until('the new port is applied', async () => (await toolsets()).includes(':9091'));
  });
  await until('Flux says which commit it applied', async () => {
    const args = [
      'get',
      'kustomization.kustomize.toolkit.fluxcd.io',
      'holmesgpt-toolsets',
      '--namespace',
      'flux-system',
    ];
    return (await cluster.kubectl([...args, '-o', 'jsonpath={.status.lastAppliedRevision}'])).includes(commit);
  });

  await step('An edit by hand, put back, asked for', async () => {
    const patch = JSON.stringify({ data: { [key]: 'toolsets: {}\n' } });
    const name = ['configmap', 'custom-toolsets-configmap', '--namespace', 'holmesgpt'];
    await cluster.kubectl(['patch', ...name, '--type', 'merge', '--patch', patch]);
    await look('kustomization/holmesgpt-toolsets');
    await until('the edit is put back', async () => (await toolsets()).includes(':9091'));
  });

  await step('A backend that is gone, to its commit', async () => {
    await cluster.kubectl(['delete', 'service', 'prometheus', '--namespace', 'monitoring']);
    assert.equal((await propose(program, url, files)).outcome, 'proposed');
  });
  merge();
  await step('From that merge to the ConfigMap, which stays, asked for', async () => {
    await look('gitrepository/fleet');
    await until('the backend is out', async () => {
      const text = await toolsets();
      return text.includes('kubernetes/core') && !text.includes('prometheus_url');
    });
  });

  repository.commit({ [`${folderInGit}/kustomization.yaml`]: null });
  await look('gitrepository/fleet');
  await until('Flux fails on the settings where no kustomization.yaml leaves them out', async () => {
    const args = [
      'get',
      'kustomization.kustomize.toolkit.fluxcd.io',
      'holmesgpt-toolsets',
      '--namespace',
      'flux-system',
    ];
    const path = '{.status.conditions[?(@.type=="Ready")].message}';
    return (await cluster.kubectl([...args, '-o', `jsonpath=${path}`])).includes('ToolsetConfig');
  });
}

const settings = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {}\n';

async function writeDocs(): Promise<void> {
  const file = join(import.meta.dirname, '../..', guide);
  const table = rows.map(([name, seconds]) => `| ${name} | ${seconds?.toFixed(1) ?? ''} s |`);
  const lines = [
    `Run on ${new Date().toISOString().slice(0, 10)} with Flux's controllers ${fluxVersion()} on ${describeMachine()}.`,
    ['| Step | Time |', '| --- | ---: |', ...table].join('\n'),
  ];
  const text = (await readFile(file, 'utf8')).replace(
    /<!-- flux -->[^]*<!-- \/flux -->/,
    () => `<!-- flux -->\n\n${lines.join('\n\n')}\n\n<!-- /flux -->`,
  );
  await writeFile(file, text);
}

try {
  await run();
  if (values['write-docs']) await writeDocs();
} finally {
  for (const end of ends.toReversed()) await end();
}
