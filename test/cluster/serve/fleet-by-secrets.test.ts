import { expect } from 'chai';
import type { Serve } from '../../e2e/support/serve.ts';
import { realPart } from '../../support/real-part.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { applyDefaultProject, backend, hubScene } from '../support/hub-scene.ts';
import type { HubScene, Managed } from '../support/hub-scene.ts';

const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';
/** What the settings of each ConfigMap say of clusters. */
const clustersOf = { named: ['in-cluster', 'far'], matched: ['*'] } as const;
type Name = keyof typeof clustersOf;

describe("cluster/serve/fleet-by-secrets: ConfigMaps of several clusters with Argo CD's cluster Secrets", () => {
  let scene: HubScene;
  let hub: Cluster;
  let far: Cluster;
  let serve: Serve;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    scene = await hubScene('secrets');
    hub = scene.hub;
    far = await acquireCluster();
    await applyDefaultProject(hub);
    await hub.apply(backend('hub-only', 9090));
    await far.apply(backend('far-only', 9090));
    await scene.admit('far', far, far.adminToken);
    for (const name of ['named', 'matched'] as const) await scene.manage(name, managed(name));
    // Between two look-ups of the clusters.
    serve = await scene.start(['--metrics-access', 'anonymous', '--resync', '10s']);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (serve as Serve | undefined)?.stop();
    for (const cluster of [hub, far] as (Cluster | undefined)[]) await cluster?.stop();
  });

  it('refreshes them after a change in a cluster that a Secret gives access to, and not before', async () => {
    await serve.until('cluster-readable', { cluster: 'far' });
    await untilUpToDate(2);
    expect(serve.events.filter(({ event }) => event === 'refresh-requested' || event === 'bug')).to.deep.equal([]);

    const from = serve.events.length;
    await far.apply(backend('tempo', 3200, 'tracing'));
    for (const name of ['named', 'matched'] as const) {
      await serve.until('refresh-requested', { application: `argocd/${name}` }, from);
      expect(await regenerate(name))
        .to.include('far/tracing/tempo')
        .and.include('in-cluster/monitoring/hub-only');
    }
    await untilUpToDate(2);
  });

  it('keeps a ConfigMap unchanged while the Secret of a cluster that it names is missing, and reports it', async () => {
    let from = serve.events.length;
    const before = await liveOf('named');
    await hub.kubectl(['-n', 'argocd', 'delete', 'secret', 'cluster-far']);

    const configMap = 'holmesgpt/named';
    const told = await serve.until('configmap-problem', { configMap, reason: 'ClustersUnreadable' }, from);
    expect(told.message).to.include('there is no cluster "far"');
    // What a glob stands for has one cluster less.
    await serve.until('refresh-requested', { application: 'argocd/matched' }, from);
    expect(await regenerate('matched'))
      .to.include('in-cluster/monitoring/hub-only')
      .and.not.include('far/');
    await serve.until('cluster-closed', { cluster: 'far' }, from);
    await hub.apply(backend('loki', 3100, 'logging'));
    await serve.until('refresh-requested', { application: 'argocd/matched' }, from);
    expect(serve.about('named', from).filter(({ event }) => event === 'refresh-requested')).to.deep.equal([]);
    expect(await liveOf('named')).to.equal(before);

    from = serve.events.length;
    await scene.admit('far', far, far.adminToken);
    await serve.until('refresh-requested', { application: 'argocd/named' }, from);
    expect(await regenerate('named'))
      .to.include('far/tracing/tempo')
      .and.include('in-cluster/logging/loki');
    expect(await regenerate('matched')).to.include('far/tracing/tempo');
    await untilUpToDate(2);
    expect(serve.events.filter(({ event }) => event === 'bug')).to.deep.equal([]);
  });

  function managed(name: Name): Managed {
    const target = { configMap: { name, namespace: 'holmesgpt' }, urls };
    const spec = { cluster: undefined, clusters: clustersOf[name], target };
    return { applied: hub, destination: { server: 'https://kubernetes.default.svc' }, spec };
  }

  /** What HolmesGPT is told then. */
  async function regenerate(name: Name): Promise<string> {
    await scene.regenerate(name, managed(name));
    return liveOf(name);
  }

  async function liveOf(name: Name): Promise<string> {
    return hub.kubectl(['-n', 'holmesgpt', 'get', 'configmap', name, '-o', 'jsonpath={.data}']);
  }

  async function untilUpToDate(count: number): Promise<void> {
    await until(`${String(count)} are up to date`, async () => {
      const metrics = await (await fetch(`${serve.url}/metrics`)).text();
      return metrics.includes(`toolset_configmaps{state="up-to-date"} ${String(count)}`);
    });
  }
});
