import { expect } from 'chai';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Serve } from '../../e2e/support/serve.ts';
import { ask } from '../../support/ask.ts';
import { answerOnLoopback } from '../../support/loopback.ts';
import type { Listening } from '../../support/loopback.ts';
import { realPart } from '../../support/real-part.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { applications, applyDefaultProject, backend, hubScene } from '../support/hub-scene.ts';
import type { HubScene, Managed } from '../support/hub-scene.ts';
import { tokenFor } from '../support/managed-scene.ts';

const inHub = { server: 'https://kubernetes.default.svc' };
const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';
/** So that `generate` gives up on the cluster that hangs sooner. */
const args = ['--deadline', '12s'];

describe('cluster/serve/fleet: ConfigMaps of several clusters', () => {
  let scene: HubScene;
  let hub: Cluster;
  let far: Cluster;
  let late: Cluster;
  let hung: Listening;
  let serve: Serve;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    scene = await hubScene();
    hub = scene.hub;
    late = await acquireCluster();
    // It is stopped.
    far = await acquireCluster();
    hung = await answerOnLoopback(() => undefined);
    await applyDefaultProject(hub);
    await hub.apply(backend('hub-only', 9090));
    await far.apply(backend('far-only', 9090));
    await late.apply(backend('late-only', 9090));
    await scene.admit('far', far, far.adminToken);
    await scene.admit('hung', { url: `https://127.0.0.1:${String(hung.port)}`, ca: far.ca }, 'any');
    await scene.admit('refusing', hub, await tokenFor(hub, 'nothing', []));
    await manage('fleet');
    await manage('pair');
    serve = await scene.start(['--metrics-access', 'anonymous', '--resync', '10s']);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (serve as Serve | undefined)?.stop();
    await (hung as Listening | undefined)?.stop();
    for (const cluster of [hub, far, late] as (Cluster | undefined)[]) await cluster?.stop();
  });

  it('finds them up to date when they match the clusters, and opens each cluster once', async () => {
    await serve.until('cluster-readable', { cluster: 'far' });
    await untilUpToDate();

    expect(serve.events.filter(({ event }) => event === 'refresh-requested' || event === 'bug')).to.deep.equal([]);
    expect(serve.events.filter(({ event, cluster }) => event === 'cluster-opened' && cluster === 'far')).to.have.length(
      1,
    );
  });

  it('explains the Services of each cluster to those who may see that cluster', async () => {
    const api = [{ nonResourceURLs: ['/dynamic-toolset/api/*'], verbs: ['get'] }];
    const seesFar = { nonResourceURLs: ['/dynamic-toolset/clusters/far'], verbs: ['get'] };
    const tokens = {
      hub: await tokenFor(hub, 'sees-hub', api),
      far: await tokenFor(hub, 'sees-far', [...api, seesFar]),
    };
    const explain = (query: string, token: string): ReturnType<typeof ask> =>
      ask(`${serve.url}/api/v1/explain?configMap=holmesgpt/fleet${query}`, { token });
    const told = ({ json }: Awaited<ReturnType<typeof ask>>): unknown =>
      (json as { readonly items: readonly Record<'cluster' | 'name' | 'decision', string>[] }).items
        .filter(({ name }) => name.endsWith('-only'))
        .map(({ cluster, name, decision }) => ({ cluster, name, decision }));

    const own = { cluster: 'in-cluster', name: 'hub-only', decision: 'selected' };
    expect(told(await explain('', tokens.hub))).to.deep.equal([own]);
    expect(told(await explain('&cluster=far', tokens.far))).to.deep.equal([{ ...own, name: 'far-only' }]);
    expect((await explain('&cluster=far', tokens.hub)).status).to.equal(403);
  });

  it('warns of clusters that hang or refuse access', async () => {
    await untilWarned('fleet', 2);
    await untilWarned('pair', 0);
  });

  it('refreshes them after a change in any cluster', async () => {
    const from = serve.events.length;
    await far.apply(backend('tempo', 3200, 'tracing'));
    await serve.until('refresh-requested', { application: 'argocd/fleet' }, from);
    await serve.until('refresh-requested', { application: 'argocd/pair' }, from);
    // Each run of generate would wait for it.
    await rm(join(scene.clusters, 'hung.yaml'));
    await serve.until('cluster-closed', { cluster: 'hung' }, from);
    await regenerate('fleet');
    await regenerate('pair');
    await untilUpToDate();

    const next = serve.events.length;
    await hub.apply(backend('loki', 3100, 'logging'));
    await serve.until('refresh-requested', { application: 'argocd/fleet' }, next);
    await serve.until('refresh-requested', { application: 'argocd/pair' }, next);
    await regenerate('fleet');
    await regenerate('pair');
    await untilUpToDate();
  });

  it('keeps the part of an unreachable cluster, and refreshes them for the others and once it is back', async () => {
    let from = serve.events.length;
    await far.stopApiServer();
    await serve.until('cluster-unreadable', { cluster: 'far' }, from);
    await untilWarned('pair', 1);
    await untilUpToDate();
    expect(serve.events.slice(from).filter(({ event }) => event === 'refresh-requested')).to.deep.equal([]);

    await hub.kubectl(['-n', 'logging', 'delete', 'service', 'loki']);
    await serve.until('refresh-requested', { application: 'argocd/pair' }, from);
    await regenerate('fleet');
    await regenerate('pair');
    await untilUpToDate();

    from = serve.events.length;
    await far.startApiServer();
    await far.apply(backend('loki', 3100, 'logging'));
    await serve.until('refresh-requested', { application: 'argocd/pair' }, from);
    await serve.until('refresh-requested', { application: 'argocd/fleet' }, from);
    await regenerate('fleet');
    await regenerate('pair');
    await untilUpToDate();
  });

  it('reads a cluster that a glob newly matches, and closes one that no ConfigMap reads any more', async () => {
    const from = serve.events.length;
    await scene.admit('late', late, late.adminToken);

    await serve.until('cluster-readable', { cluster: 'late' }, from);
    await serve.until('refresh-requested', { application: 'argocd/fleet' }, from);
    await hub.request('DELETE', `${applications}/fleet`);
    await serve.until('cluster-closed', { cluster: 'late' }, from);

    const closed = serve.events.slice(from).filter(({ event }) => event === 'cluster-closed');
    expect(closed.map(({ cluster }) => cluster)).to.not.include('far');
    expect(serve.events.filter(({ event }) => event === 'bug')).to.deep.equal([]);
  });

  async function manage(name: 'fleet' | 'pair'): Promise<void> {
    await scene.manage(name, managed(name));
  }

  async function regenerate(name: 'fleet' | 'pair'): Promise<void> {
    await scene.regenerate(name, managed(name));
  }

  function managed(name: 'fleet' | 'pair'): Managed {
    const target = { configMap: { name, namespace: 'holmesgpt' }, urls };
    const clusters = name === 'fleet' ? ['*'] : ['in-cluster', 'far'];
    return { applied: hub, destination: inHub, spec: { cluster: undefined, clusters, target }, args };
  }

  async function untilUpToDate(): Promise<void> {
    await until('both are up to date', async () =>
      (await metrics()).includes('toolset_configmaps{state="up-to-date"} 2'),
    );
  }

  /** Until so many of its clusters are told as unread. */
  async function untilWarned(name: string, count: number): Promise<void> {
    await until(`${name} warns of ${String(count)}`, async () => {
      const lines = (await metrics()).split('\n').filter((line) => line.startsWith('toolset_configmap_warnings{'));
      const line = lines.find((one) => one.includes(`name="${name}"`) && one.includes('CLUSTER_UNREAD'));
      return Number(line?.split(' ').at(-1) ?? 0) === count;
    });
  }

  async function metrics(): Promise<string> {
    return (await fetch(`${serve.url}/metrics`)).text();
  }
});
