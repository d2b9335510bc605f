import { expect } from 'chai';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools, startCluster } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { ApplicationObject, KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { applicationDefinition, projectDefinition } from '../support/caches.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

describe('cluster/serve/hub: Applications that deploy to other clusters', () => {
  let hub: Cluster;
  let near: Cluster;
  let far: Cluster;
  let program: Program;
  let clusters: string;
  let serve: Serve | undefined;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    [hub, near] = [await acquireCluster(), await acquireCluster()];
    // It is stopped.
    far = await startCluster();
    program = await buildProgram(hub.folder);
    clusters = await mkdtemp(join(hub.folder, 'clusters-'));
    await hub.apply([applicationDefinition, projectDefinition, ...backend('hub-only', 9090)]);
    await near.apply(backend('near-only', 9090));
    await far.apply(backend('far-only', 9090));
    await admit('near', near, near.adminToken);
    await admit('far', far, far.adminToken);
    // Known to the server, and may do nothing there.
    await near.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'default', name: 'nothing' } },
    ]);
    await admit('forbidden', near, await near.serviceAccountToken('default', 'nothing'));
    await manage('near', near, { name: 'near' });
    await manage('far', far, { server: far.url });
    await manage('in-cluster', hub, { server: 'https://kubernetes.default.svc' });
    await hub.apply([deploying('forbidden', { name: 'forbidden' }), deploying('unknown', { name: 'unknown' })]);
    const kubeconfig = await hub.kubeconfig();
    serve = await startServe(program, [
      '--kubeconfig',
      kubeconfig,
      '--clusters',
      clusters,
      '--allow-any-cluster',
      '--metrics-access',
      'anonymous',
    ]);
  });

  after(async () => {
    await serve?.stop();
    // Unset when the suite was skipped.
    for (const cluster of [hub, near, far] as (Cluster | undefined)[]) await cluster?.stop();
  });

  it('asks for a refresh when a backend comes in the cluster that the Application deploys to, and there alone', async () => {
    const running = serve!;
    await running.until('cluster-readable', { cluster: 'near' });
    await running.until('cluster-readable', { cluster: 'far' });
    const from = running.events.length;

    await near.apply(backend('loki', 3100, 'logging'));
    const asked = await running.until('refresh-requested', {}, from);

    expect(asked).to.include({ application: 'argocd/near', configMap: 'holmesgpt/near', result: 'accepted' });
    expect(await refreshOf('near')).to.equal('hard');
    for (const other of ['far', 'in-cluster', 'forbidden', 'unknown'])
      expect(await refreshOf(other)).to.equal(undefined);
  });

  it('tells which clusters are unknown or refuse, and is ready all the same', async () => {
    const running = serve!;

    expect(await running.until('cluster-failed', { cluster: 'unknown' })).to.include({ code: 'CLUSTER_UNKNOWN' });
    const refused = await running.until('cluster-unreadable', { cluster: 'forbidden' });
    expect(refused.message).to.include('forbidden');
    expect((await fetch(`${running.url}/readyz`)).status).to.equal(200);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics.split('\n').filter((line) => /^toolset_cluster(_up|s_unopened)/.test(line))).to.have.members([
      ...['in-cluster', 'near', 'far'].map((name) => `toolset_cluster_up{dest_cluster="${name}"} 1`),
      'toolset_cluster_up{dest_cluster="forbidden"} 0',
      'toolset_clusters_unopened 1',
    ]);
    expect(metrics).to.include('toolset_configmaps{state="up-to-date"} 2');
  });

  it('leaves the Applications of a cluster that is away as they are, goes on with the others, and catches up', async () => {
    const running = serve!;
    const from = running.events.length;
    await far.stopApiServer();
    await running.until('cluster-unreadable', { cluster: 'far' }, from);
    await fail('far');

    await hub.apply(backend('tempo', 3200, 'tracing'));
    await running.until('refresh-requested', { application: 'argocd/in-cluster' }, from);
    expect(await refreshOf('far')).to.equal(undefined);
    expect((await fetch(`${running.url}/readyz`)).status).to.equal(200);

    await far.startApiServer();
    await running.until('cluster-readable', { cluster: 'far' }, from);
    await far.apply(backend('loki', 3100, 'logging'));
    await running.until('refresh-requested', { application: 'argocd/far' }, from);
    expect(await refreshOf('far')).to.equal('hard');
  });

  it('closes a cluster that no Application deploys to any more', async () => {
    const from = serve!.events.length;

    await hub.request('DELETE', `${applications}/near`);

    await serve!.until('cluster-closed', { cluster: 'near' }, from);
  });

  const applications = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';

  async function admit(name: string, { url, ca }: Cluster, token: string): Promise<void> {
    const cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
    const config = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token } }],
    };
    await writeFile(join(clusters, `${name}.yaml`), JSON.stringify(config));
  }

  /** What `generate` prints of the cluster is applied there, and the Application in the hub. */
  async function manage(name: string, cluster: Cluster, destination: object): Promise<void> {
    const path = await gitFolder(hub.folder, {
      'toolset.yaml': toolsetYaml({
        cluster: name,
        health: { check: 'readiness' },
        target: { configMap: { name, namespace: 'holmesgpt' } },
      }),
    });
    const kubeconfig = await hub.kubeconfig();
    const flags = ['--path', path, '--kubeconfig', kubeconfig, '--clusters', clusters, '--allow-any-cluster'];
    const manifest = parse(outputOf({ ...(await program.run(['generate', ...flags])), stderr: '' })) as KubeObject;
    await cluster.apply([manifest]);
    await hub.apply([withDestination(applicationOf(name, manifest), destination)]);
  }

  function deploying(name: string, destination: object): KubeObject {
    return withDestination(
      applicationOf(name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'holmesgpt', name } }),
      destination,
    );
  }

  function withDestination(application: ApplicationObject, destination: object): ApplicationObject {
    const { spec } = application as unknown as { readonly spec: object };
    return { ...application, spec: { ...spec, destination } };
  }

  async function refreshOf(name: string): Promise<unknown> {
    const { body } = await hub.request('GET', `${applications}/${name}`);
    return (body as KubeObject).metadata.annotations?.['argocd.argoproj.io/refresh'];
  }

  /** Argo CD could not generate its manifests: of a cluster that can be read this is tried again. */
  async function fail(name: string): Promise<void> {
    const message = 'Failed to load target state: failed to generate manifest: cluster far is unreachable';
    const status = { conditions: [{ type: 'ComparisonError', message }] };
    const contentType = 'application/merge-patch+json';
    await hub.request('PATCH', `${applications}/${name}`, { status }, { contentType });
  }
});

function backend(name: string, port: number, namespace = 'monitoring'): KubeObject[] {
  const product = { 9090: 'prometheus', 3100: 'loki', 3200: 'tempo' }[port];
  return [service(namespace, name, port, product), endpointSlice(namespace, name, { ready: 1 })];
}
