import { expect } from 'chai';
import type { Serve } from '../../e2e/support/serve.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { applications, backend, hubScene } from '../support/hub-scene.ts';
import type { HubScene } from '../support/hub-scene.ts';

describe('cluster/serve/hub: Applications that deploy to other clusters', () => {
  let scene: HubScene;
  let hub: Cluster;
  let near: Cluster;
  let far: Cluster;
  let serve: Serve | undefined;
  const refreshOf = (name: string): Promise<unknown> => scene.refreshOf(name);

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    scene = await hubScene();
    hub = scene.hub;
    near = await acquireCluster();
    // It is stopped.
    far = await acquireCluster();
    await hub.apply(backend('hub-only', 9090));
    await near.apply(backend('near-only', 9090));
    await far.apply(backend('far-only', 9090));
    await scene.admit('near', near, near.adminToken);
    await scene.admit('far', far, far.adminToken);
    // Known to the server, and may do nothing there.
    await near.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'default', name: 'nothing' } },
    ]);
    await scene.admit('forbidden', near, await near.serviceAccountToken('default', 'nothing'));
    await scene.manage('near', { applied: near, destination: { name: 'near' } });
    await scene.manage('far', { applied: far, destination: { server: far.url } });
    await scene.manage('in-cluster', { applied: hub, destination: { server: 'https://kubernetes.default.svc' } });
    await scene.deploy('forbidden', { name: 'forbidden' });
    await scene.deploy('unknown', { name: 'unknown' });
    serve = await scene.start(['--metrics-access', 'anonymous']);
  });

  after(async () => {
    await serve?.stop();
    // Unset when the suite was skipped.
    for (const cluster of [hub, near, far] as (Cluster | undefined)[]) await cluster?.stop();
  });

  it('requests a refresh only of the Application whose destination cluster has a new backend', async () => {
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

  it('reports clusters that are unknown or refuse access, and is ready all the same', async () => {
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

  it('leaves the Applications of an unreachable cluster alone, serves the others, and catches up', async () => {
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

  /** Argo CD could not generate its manifests: of a cluster that can be read this is tried again. */
  async function fail(name: string): Promise<void> {
    const message = 'Failed to load target state: failed to generate manifest: cluster far is unreachable';
    const status = { conditions: [{ type: 'ComparisonError', message }] };
    const contentType = 'application/merge-patch+json';
    await hub.request('PATCH', `${applications}/${name}`, { status }, { contentType });
  }
});
