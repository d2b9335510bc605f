import { expect } from 'chai';
import { mkdir, symlink } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { shellBlocks, yamlBlock } from '../../support/guide.ts';
import { until } from '../../support/until.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { paste } from './installation.ts';
import { kustomize, manifests, podOf } from './manifests.ts';
import type { Container, Deployment } from './manifests.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram } from '../support/program.ts';
import { userOf } from '../support/rbac.ts';
import { flagsOf, serveAccount } from './serve.ts';

const tools: readonly ToolName[] = [...clusterTools, 'applicationCrd', 'prometheusRuleCrd', 'serviceMonitorCrd'];
const { namespace, name } = serveAccount;

/** What docs/serve.md and docs/api.md show is done in its order, as an operator would paste it. */
describe('cluster/manifests/serve-guide', () => {
  let cluster: Cluster;
  let serve: Serve;
  let checkout: string;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    const { applicationCrd, prometheusRuleCrd, serviceMonitorCrd } = toolPaths();
    await define(cluster, applicationCrd, prometheusRuleCrd, serviceMonitorCrd);
    // Files that the guides write stay out of this repository.
    checkout = join(cluster.folder, 'checkout');
    await mkdir(checkout);
    await symlink(manifests, join(checkout, 'manifests'));
    const certificate = Buffer.from('a certificate').toString('base64');
    await cluster.apply([
      ...['argocd', 'holmesgpt'].map((one) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: one } })),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: 'argocd', name: 'argocd-secret' },
        data: { 'tls.crt': certificate },
      },
    ]);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (serve as Serve | undefined)?.stop();
    await (cluster as Cluster | undefined)?.stop();
  });

  it("installs serve with Argo CD's API from scratch", async () => {
    // Argo CD's own program is not here to be logged in.
    await run('docs/serve.md', 'argocd-api', (script) => `argocd() { echo a-token; }\n${script}`);

    const { data } = JSON.parse(
      await cluster.kubectl(['-n', namespace, 'get', 'secret', 'dynamic-toolset-argocd', '-o', 'json']),
    ) as { readonly data: Readonly<Record<string, string>> };
    const decoded = Object.values(data).map((text) => Buffer.from(text, 'base64').toString());
    expect(Object.keys(data)).to.deep.equal(['ca.crt', 'token']);
    expect(decoded).to.deep.equal(['a certificate', 'a-token\n']);
    const { argoCd } = flagsOf(await liveContainer());
    expect(argoCd?.url.href).to.equal('https://argocd-server.argocd.svc/');
  });

  it('installs serve with the given image', async () => {
    await run('docs/serve.md', 'install');

    expect((await liveContainer()).image).to.equal('registry.example.com/dynamic-toolset:0.1.0');
  });

  it('shows the example as it is in the repository, and applies it', async () => {
    expect(yamlBlock('docs/serve.md', 'example')).to.equal(
      readFileSync(join(manifests, 'serve/example/kustomization.yaml'), 'utf8'),
    );

    await run('docs/serve.md', 'example');

    expect(flagsOf(await liveContainer()).configMaps).to.deep.equal(['holmesgpt', 'team-a']);
  });

  it('creates a token that may read everything and change nothing', async () => {
    await run('docs/serve.md', 'reader');
    const token = (await run('docs/serve.md', 'token')).trim();
    serve = await startServe(await buildProgram(cluster.folder), [
      ...['--kubeconfig', await cluster.kubeconfig({ token: await cluster.serviceAccountToken(namespace, name) })],
      '--configmap-namespaces=holmesgpt,team-a',
    ]);

    await until('the token may read', async () => (await ask('applications', token)) === 200);
    expect(await ask('configmaps', token)).to.equal(200);
    expect(await ask('discover', token, 'POST')).to.equal(403);
    const answer = JSON.parse(await run('docs/api.md', 'ask', (script) => onLoopback(script))) as object;
    expect(answer).to.have.property('items');
  });

  it('binds people and Prometheus to existing ClusterRoles', async () => {
    await run('docs/api.md', 'bindings');
    const names = ['dynamic-toolset-viewers', 'dynamic-toolset-prometheus'];
    const token = await prometheusToken();

    const { items } = JSON.parse(await cluster.kubectl(['get', 'clusterrolebinding', ...names, '-o', 'json'])) as {
      readonly items: readonly (KubeObject & { readonly roleRef: { readonly name: string } })[];
    };
    for (const { roleRef } of items) await cluster.kubectl(['get', 'clusterrole', roleRef.name]);
    await until('Prometheus may scrape', async () => (await get('/metrics', token)) === 200);
    expect(await ask('applications', token)).to.equal(403);
  });

  it('forwards to a port of the Service', async () => {
    const [forward = ''] = shellBlocks('docs/serve.md').flatMap(({ script }) => /port-forward .*/.exec(script) ?? []);
    const [, service, port] = /^port-forward service\/(\S+) \d+:(\d+)$/.exec(forward) ?? [];

    const { spec } = JSON.parse(await cluster.kubectl(['-n', namespace, 'get', 'service', service!, '-o', 'json'])) as {
      readonly spec: { readonly ports: readonly { readonly port: number }[] };
    };
    expect(spec.ports.map((one) => one.port)).to.deep.equal([Number(port)]);
  });

  it('matches the steps in the comment of the component', () => {
    const comment = readFileSync(join(manifests, 'serve/components/argocd-api/kustomization.yaml'), 'utf8');
    const steps = comment.match(/^# {5}.*$/gm)!.map((line) => line.slice(6));

    expect(`${steps.join('\n')}\n`).to.equal(block('docs/serve.md', 'argocd-api'));
  });

  it('configures serve for an Argo CD API without TLS', async () => {
    const folder = join(cluster.folder, 'insecure');
    await mkdir(folder);
    const variant = relative(folder, join(manifests, 'serve/argocd-api'));
    const more = parse(yamlBlock('docs/serve.md', 'insecure')) as object;

    const rendered = parseAllDocuments(await kustomize(cluster, folder, variant, [], more));

    const objects = rendered.map((document) => document.toJS() as KubeObject);
    const [container] = podOf(objects.find(({ kind }) => kind === 'Deployment') as Deployment).containers;
    expect(flagsOf(container).argoCd?.url.href).to.equal('http://argocd-server.argocd.svc/');
  });

  it('removes the right to patch once it is no longer needed', async () => {
    const question = ['auth', 'can-i', 'patch', 'applications.argoproj.io', '-n', 'argocd'];
    // kubectl says no by its exit code as well.
    const answer = (): Promise<string> =>
      cluster.kubectl([...question, `--as=${userOf(serveAccount)}`]).catch(() => 'no');
    expect(await answer()).to.equal('yes\n');

    await run('docs/serve.md', 'unpatch');

    await until('serve may no longer patch', async () => (await answer()) === 'no');
  });

  async function run(guide: string, id: string, change = (script: string): string => script): Promise<string> {
    return paste(cluster, `cd ${checkout}\n${change(block(guide, id))}`);
  }

  async function liveContainer(): Promise<Container> {
    const live = await cluster.kubectl(['-n', namespace, 'get', 'deployment', name, '-o', 'json']);
    return podOf(JSON.parse(live) as Deployment).containers[0]!;
  }

  /** Of the account that the guide binds. */
  async function prometheusToken(): Promise<string> {
    const metadata = { namespace: 'monitoring', name: 'prometheus-k8s' };
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    ]);
    return cluster.serviceAccountToken(metadata.namespace, metadata.name);
  }

  function onLoopback(script: string): string {
    return script.replace('http://localhost:8080', serve.url);
  }

  function ask(operation: string, token: string, method = 'GET'): Promise<number> {
    return get(`/api/v1/${operation}`, token, method);
  }

  async function get(path: string, token: string, method = 'GET'): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${serve.url}${path}`, { method, headers });
    await response.body?.cancel();
    return response.status;
  }
});

function block(guide: string, wanted: string): string {
  return shellBlocks(guide).find(({ id }) => id === wanted)!.script;
}
