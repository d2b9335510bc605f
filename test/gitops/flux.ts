import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { startCluster } from '../cluster/parts/cluster.ts';
import type { Cluster } from '../cluster/parts/cluster.ts';
import { define } from '../cluster/parts/definitions.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { freePort, isAnswering, rareCollection, startComponent, waitUntilReady } from '../cluster/parts/process.ts';
import type { Component } from '../cluster/parts/process.ts';
import { service } from '../cluster/support/backends.ts';
import { BareRepository } from '../support/bare-repository.ts';
import { yamlBlock } from '../support/guide.ts';
import { until } from '../support/until.ts';
import { fluxTools, fluxVersion } from '../tools/flux.ts';
import { merge, password, runGuide, settings, startMs, user } from './guide-run.ts';
import type { GuideRun } from './guide-run.ts';

/**
 * npm run test:flux [-- --write-docs]
 *
 * The commands and manifests of docs/flux.md with the real source-controller and kustomize-controller, on a real API server
 * and a Git server of loopback: from a change of a Service to the ConfigMap in the cluster.
 */
const guide = 'docs/flux.md';
const folderInGit = 'clusters/prod/holmesgpt';
const key = 'custom_toolset.yaml';

const tools = fluxTools();
if (!tools) {
  console.error('missing parts; build them with:\nnode test/tools/flux.ts');
  process.exit(1);
}

/** Both controllers, with the rights of an administrator. Flux's own manifests give them theirs. */
async function startFlux(cluster: Cluster, guideRun: GuideRun): Promise<void> {
  const { folder } = guideRun;
  await define(cluster, ...tools!.definitions);
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
    guideRun.atEnd(() => component.stop());
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

await runGuide(guide, { name: 'flux', parts: `Flux's controllers ${fluxVersion()}` }, async (guideRun) => {
  const cluster = await startCluster();
  guideRun.atEnd(() => cluster.stop());
  await startFlux(cluster, guideRun);
  for (const namespace of ['holmesgpt', 'monitoring']) await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.apply([service('monitoring', 'prometheus', 9090)]);
  const repository = new BareRepository(guideRun.folder);
  repository.commit({
    [`${folderInGit}/kustomization.yaml`]: yamlBlock(guide, 'kustomization'),
    [`${folderInGit}/settings/toolset.yaml`]: settings,
  });
  const url = await guideRun.serveGit(repository, cluster);
  const toolsets = async (): Promise<string> => {
    const args = ['get', 'configmap', 'custom-toolsets-configmap', '--namespace', 'holmesgpt', '--ignore-not-found'];
    const text = await cluster.kubectl([...args, '-o', 'json']);
    return text.trim() === '' ? '' : ((JSON.parse(text) as { data: Record<string, string> }).data[key] ?? '');
  };
  /** What Flux says of it at a JSONPath. */
  const kustomization = async (path: string): Promise<string> => {
    const name = ['kustomization.kustomize.toolkit.fluxcd.io', 'holmesgpt-toolsets', '--namespace', 'flux-system'];
    return cluster.kubectl(['get', ...name, '-o', `jsonpath=${path}`]);
  };
  const look = async (object: string): Promise<void> => {
    const args = guideRun.kubectl('reconcile').join(' ').replace('gitrepository/fleet', object);
    await cluster.kubectl(args.replace('"$(date +%s)"', String(Date.now())).split(' '));
  };

  const first = await guideRun.step('The first proposal', () => guideRun.propose());
  assert.equal(first.outcome, 'proposed');
  merge(repository);
  await guideRun.step('From the objects of Flux to the ConfigMap', async () => {
    await cluster.apply(objectsOfGuide(url));
    await until('the ConfigMap is there', async () => (await toolsets()).includes(':9090'));
  });
  assert.equal((await guideRun.propose()).outcome, 'closed');

  await cluster.apply([service('monitoring', 'prometheus', 9091)]);
  const second = await guideRun.step('A Service on another port, to its commit', () => guideRun.propose());
  assert.equal(second.outcome, 'proposed');
  assert.ok((await toolsets()).includes(':9090'), 'nothing is applied before the merge');
  const commit = merge(repository);
  await guideRun.step('From the merge to the ConfigMap, asked for', async () => {
    await look('gitrepository/fleet');
    await until('the new port is applied', async () => (await toolsets()).includes(':9091'));
  });
  await until('Flux reports the commit that it applied', async () => {
    return (await kustomization('{.status.lastAppliedRevision}')).includes(commit);
  });

  await guideRun.step('An edit by hand, put back, asked for', async () => {
    const patch = JSON.stringify({ data: { [key]: 'toolsets: {}\n' } });
    const name = ['configmap', 'custom-toolsets-configmap', '--namespace', 'holmesgpt'];
    await cluster.kubectl(['patch', ...name, '--type', 'merge', '--patch', patch]);
    await look('kustomization/holmesgpt-toolsets');
    await until('the edit is reverted', async () => (await toolsets()).includes(':9091'));
  });

  await guideRun.step('A backend that is gone, to its commit', async () => {
    await cluster.kubectl(['delete', 'service', 'prometheus', '--namespace', 'monitoring']);
    assert.equal((await guideRun.propose()).outcome, 'proposed');
  });
  merge(repository);
  await guideRun.step('From that merge to the ConfigMap, which stays, asked for', async () => {
    await look('gitrepository/fleet');
    await until('the backend is removed', async () => {
      const text = await toolsets();
      return text.includes('kubernetes/core') && !text.includes('prometheus_url');
    });
  });

  repository.commit({ [`${folderInGit}/kustomization.yaml`]: null });
  await look('gitrepository/fleet');
  await until('Flux fails on the settings when no kustomization.yaml excludes them', async () => {
    const path = '{.status.conditions[?(@.type=="Ready")].message}';
    return (await kustomization(path)).includes('ToolsetConfig');
  });
});
