import { expect } from 'chai';
import { sourcesAnnotation } from '../../../../plugin/cluster/sources-annotation.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { FleetParts } from '../../../../plugin/serve/clusters/fleet-parts.ts';
import { Fleets } from '../../../../plugin/serve/clusters/fleets.ts';
import { cachesForHub, HubChanges } from '../../../../plugin/serve/clusters/hub-config-maps.ts';
import type { UnreadCluster } from '../../../../plugin/serve/clusters/watched-cluster.ts';
import { unreadReason } from '../../../../plugin/serve/reasons.ts';
import { hubIdentity } from '../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import type { ManagedConfigMap } from '../../../../plugin/serve/reconcile/managed-config-map.ts';
import { Reconciler } from '../../../../plugin/serve/reconcile/reconciler.ts';
import type { ConfigMapStatus } from '../../../../plugin/serve/reconcile/status.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { combined } from '../../../support/fleet.ts';
import { grafana, prometheus, slice } from '../../../support/objects.ts';
import { virtualTimeOfEach } from '../../../support/virtual-time.ts';
import { application } from '../argocd/argo-cd-model.ts';
import { clusterModel } from '../cluster-model.ts';
import type { ClusterModel } from '../cluster-model.ts';
import { digestIn } from '../generated.ts';

const name = 'custom-toolsets-configmap';
const key = `holmesgpt/${name}`;
const minuteMs = 60_000;
const waiting: UnreadCluster = { ...unreadReason('NotListed', { collection: 'services', error: '' }), code: null };
const away: UnreadCluster = {
  ...unreadReason('NotWatched', { collection: 'services', error: ': refused' }),
  code: 'CLUSTER_UNREACHABLE',
};

/** What the hub and another cluster hold. */
type Objects = Readonly<Record<'in-cluster' | 'far', readonly KubeObject[]>>;

const first: Objects = { 'in-cluster': [prometheus(), slice(prometheus())], far: [prometheus(), slice(prometheus())] };

describe('plugin/serve/clusters/fleets', () => {
  const time = virtualTimeOfEach();

  it('agrees with generate on a multi-cluster ConfigMap, also after a change in any cluster', async () => {
    const scene = await open();
    expect(scene.status()).to.include({ problem: null, outOfDateSince: null });

    scene.far.put(grafana());
    scene.far.put(slice(grafana()));
    await time.advance(400);

    const far = [...first.far, grafana(), slice(grafana())];
    expect(scene.status()).to.include({ desired: await scene.printed({ ...first, far }), cause: 'services' });

    scene.hub.remove(prometheus());
    await time.advance(400);
    expect(scene.status()?.desired).to.equal(await scene.printed({ 'in-cluster': [], far }));
  });

  it('moves from one version of the ConfigMap to the next without an intermediate state', async () => {
    const scene = await open();
    scene.far.put(grafana());
    scene.far.put(slice(grafana()));
    await time.advance(400);
    scene.told.splice(0);

    await scene.apply({ ...first, far: [...first.far, grafana(), slice(grafana())] });
    await time.advance(400);

    expect(scene.told.map((one) => one?.problem ?? null)).to.deep.equal(scene.told.map(() => null));
    expect(scene.status()).to.include({ outOfDateSince: null });
    expect(scene.told.every((one) => one?.outOfDateSince === null)).to.equal(true);
  });

  it("waits five seconds for a cluster's first list, then reports it as unread until it is listed", async () => {
    const scene = await open({ unread: waiting });
    expect(scene.status()?.problem?.reason).to.equal('ClustersNotRead');

    await time.advance(5_000);
    expect(scene.status()).to.include({ problem: null, outOfDateSince: null });
    expect(scene.warnings()).to.deep.equal([
      'cluster far cannot be read (CLUSTER_UNREACHABLE): its backend in the ConfigMap stays unchanged; dynamic-toolset explain --cluster far says why',
    ]);

    await scene.becomes(null);
    expect(scene.status()).to.include({ problem: null, outOfDateSince: null });
    expect(scene.warnings()).to.deep.equal([]);
  });

  it('keeps the part of a cluster that fails, and keeps evaluating the others', async () => {
    const scene = await open();
    scene.far.remove(prometheus());
    await scene.becomes(away);
    await time.advance(400);
    expect(scene.status()).to.include({ outOfDateSince: null });
    expect(scene.warnings()).to.have.length(1);

    scene.hub.put(grafana());
    scene.hub.put(slice(grafana()));
    await time.advance(400);
    const hub = [...first['in-cluster'], grafana(), slice(grafana())];
    expect(scene.status()?.desired).to.equal(await scene.printed({ ...first, 'in-cluster': hub }));

    await scene.becomes(null);
    expect(scene.status()?.desired).to.equal(await scene.printed({ 'in-cluster': hub, far: [] }));
  });

  it('keeps the part of a cluster that is away for minutes, even if the ConfigMap is regenerated meanwhile', async () => {
    const scene = await open();
    const more = [grafana(), slice(grafana())];
    const hub = [...first['in-cluster'], ...more];
    await scene.becomes(away);
    await time.advance(2 * minuteMs);
    expect(scene.status()).to.include({ problem: null, outOfDateSince: null });
    expect(scene.warnings()[0]).to.include('far cannot be read (CLUSTER_UNREACHABLE): its backend in');

    for (const object of more) scene.hub.put(object);
    await time.advance(2 * minuteMs);
    expect(scene.status()?.desired).to.equal(await scene.printed({ ...first, 'in-cluster': hub }));
    await scene.apply({ 'in-cluster': hub, far: null });
    await time.advance(2 * minuteMs);
    expect(scene.sources()).to.include('far/monitoring/prometheus').and.include('in-cluster/monitoring/grafana');
    expect(scene.status()).to.include({ problem: null, outOfDateSince: null });
    expect(scene.warnings()).to.not.deep.equal([]);

    for (const object of more) scene.far.put(object);
    await scene.becomes(null);
    await time.advance(400);
    const all = { 'in-cluster': hub, far: [...first.far, ...more] };
    expect(scene.status()?.desired).to.equal(await scene.printed(all));
    expect(scene.status()?.outOfDateSince).to.be.a('number');
    await scene.apply(all);
    await time.advance(400);
    expect(scene.sources()).to.include('far/monitoring/grafana');
    expect(scene.status()).to.include({ outOfDateSince: null });
    expect(scene.warnings()).to.deep.equal([]);
    expect(scene.told.map((one) => one?.problem?.reason ?? null)).to.not.include('ClustersUnreadable');
    expect(scene.bugs).to.deep.equal([]);
  });

  it('reports the problem ClustersUnreadable when none of the clusters can be read', async () => {
    const scene = await open({ names: ['far'], unread: away });

    expect(scene.status()?.problem).to.deep.equal({
      reason: 'ClustersUnreadable',
      message: 'its settings read the clusters "in-cluster, far": far: services are not watched: refused',
    });
  });

  it('warns of a cluster that cannot be opened with its error code, or with WORK_TOO_LARGE when over the limit', async () => {
    const scene = await open({ isOpen: false });
    expect(scene.warnings()[0]).to.include('far cannot be read (WORK_TOO_LARGE)');

    scene.unopened = { reason: 'CLUSTER_ACCESS_INVALID', message: 'no such file' };
    await scene.lookAgain();
    expect(scene.warnings()[0]).to.include('far cannot be read (CLUSTER_ACCESS_INVALID)');
  });

  it('waits for a cluster that is being opened, and reports a bug in the look-up as a failure', async () => {
    const scene = await open({ isOpen: false });
    scene.unopened = { reason: 'NotOpened', message: 'it is being looked up' };
    const part = (): ReturnType<Fleets['partOf']> => scene.fleets.partOf('far', scene.live());

    expect(part()).to.deep.equal({ waitMs: 5_000 });
    await time.advance(5_000);
    expect(part()).to.deep.equal({ unread: 'CLUSTER_UNREACHABLE', message: 'it is being looked up' });
    scene.unopened = { reason: 'BUG', message: 'a bug' };
    expect(part()).to.deep.equal({ unread: 'CLUSTER_FAILED', message: 'a bug' });
    scene.unopened = null;
    expect(part()).to.deep.equal({ unread: 'WORK_TOO_LARGE', message: 'too many clusters are looked up' });
    const alone = new Fleets({ others: () => null, onMembers: () => undefined });
    expect(alone.partOf('far', scene.live())).to.include({ unread: 'WORK_TOO_LARGE' });
  });

  it('starts the five seconds over once a cluster was answered, dropped or gone in between', async () => {
    const scene = await open({ isOpen: false });
    const part = (): ReturnType<Fleets['partOf']> => scene.fleets.partOf('far', scene.live());
    const waits = { reason: 'NotOpened', message: 'it is being looked up' } as const;
    const again = async (): Promise<void> => {
      scene.unopened = waits;
      expect(part()).to.deep.equal({ waitMs: 5_000 });
      await time.advance(3_000);
      expect(part()).to.deep.equal({ waitMs: 2_000 });
    };

    await again();
    scene.unopened = null;
    part();
    await again();
    scene.fleets.follow(key, ['in-cluster', 'near']);
    scene.fleets.follow(key, ['far']);
    await again();
    scene.fleets.follow(key, ['far', 'near']);
    expect(part()).to.deep.equal({ waitMs: 2_000 });
    scene.fleets.follow(key, []);
    await again();
  });

  it('looks the clusters up once a minute, and uses the last names while the hub does not answer', async () => {
    const scene = await open();
    expect(scene.fleets.namesOf(key)).to.deep.equal(['far']);
    expect(scene.fleets.configMaps()).to.deep.equal([key]);
    expect(scene.fleets.allOf(key)).to.deep.equal(['in-cluster', 'far']);

    const request = { method: 'GET', server: 'https://hub', path: '/' } as never;
    scene.names = new PluginError('CLUSTER_UNREACHABLE', 'no answer', { hint: 'wait', request });
    await time.advance(9 * minuteMs);
    expect(scene.status()?.problem).to.equal(null);
    await time.advance(2 * minuteMs);
    expect(scene.status()?.problem?.reason).to.equal('ClustersUnreadable');
    expect(scene.fleets.namesOf(key)).to.deep.equal([]);

    scene.names = ['in-cluster'];
    await time.advance(5 * minuteMs);
    expect(scene.status()?.desired).to.equal(await scene.printed(first, ['in-cluster']));
  });

  it('follows no clusters of a ConfigMap that is denied or deleted', async () => {
    const scene = await open();
    scene.names = new PluginError('POLICY_DENIED', 'not far', { hint: 'ask' });
    await time.advance(minuteMs);
    expect(scene.status()?.problem?.message).to.include('not far; ask');
    expect(scene.fleets.namesOf(key)).to.deep.equal([]);

    scene.names = ['in-cluster', 'far'];
    await time.advance(minuteMs);
    expect(scene.fleets.namesOf(key)).to.deep.equal(['far']);
    scene.hub.removeConfigMap(key);
    await time.advance(25);
    expect(scene.fleets.configMaps()).to.deep.equal([]);
    expect(scene.bugs).to.deep.equal([]);
  });

  interface Scene {
    readonly hub: ClusterModel;
    readonly far: ClusterModel;
    readonly fleets: Fleets;
    readonly told: (ConfigMapStatus | undefined)[];
    readonly bugs: unknown[];
    names: readonly string[] | PluginError;
    unopened: { readonly reason: 'CLUSTER_ACCESS_INVALID' | 'NotOpened' | 'BUG'; readonly message: string } | null;
    /** The ConfigMap as it is now. */
    readonly live: () => ManagedConfigMap;
    readonly status: () => ConfigMapStatus | undefined;
    readonly warnings: () => readonly string[];
    readonly lookAgain: () => Promise<void>;
    readonly becomes: (unread: UnreadCluster | null) => Promise<void>;
    /** The digest that `generate` would print now. */
    readonly printed: (objects: Objects, names?: readonly string[]) => Promise<string | undefined>;
    /** As `generate` makes it of these now; of one that it cannot read `null`. */
    readonly apply: (objects: Readonly<Record<keyof Objects, readonly KubeObject[] | null>>) => Promise<void>;
    /** What the ConfigMap remembers. */
    readonly sources: () => string | undefined;
  }

  async function open(
    options: { unread?: UnreadCluster | null; names?: readonly string[]; isOpen?: boolean } = {},
  ): Promise<Scene> {
    const [hub, far] = [clusterModel(), clusterModel()];
    for (const object of first['in-cluster']) hub.put(object);
    for (const object of first.far) far.put(object);
    let { unread = null } = options;
    const ending = new AbortController();
    const { signal } = ending;
    time.atEnd(() => {
      ending.abort();
    });
    const hubChanges = new HubChanges();
    const onBug = (error: unknown): void => void scene.bugs.push(error);
    const shared = {
      signal,
      onBug,
      permits: () => Promise.resolve(true),
      grantOf: () => null,
      stores: null,
      prober: () => Promise.reject(new Error('nothing is probed')),
    };
    const live = (): ManagedConfigMap => hub.caches.configMaps.get(key)!;
    const fleets: Fleets = new Fleets({
      others: () => ({
        of: () => (options.isOpen === false ? null : { unread: () => unread, fleetParts }),
        unopened: () => scene.unopened && { unread: scene.unopened, since: 0 },
      }),
      onMembers: () => {
        hubChanges.notify({ collection: 'configMaps', keys: [key] });
      },
    });
    const scene: Scene = {
      ...{ hub, far, fleets, told: [], bugs: [], names: options.names ?? ['in-cluster', 'far'], unopened: null },
      live,
      status: () => reconciler.configMaps.get(key),
      warnings: () =>
        (scene.status()?.warnings ?? []).flatMap(({ code, message }) => (code === 'CLUSTER_UNREAD' ? message : [])),
      lookAgain: async () => {
        reconciler.enqueue([key]);
        await time.advance(25);
      },
      becomes: async (now) => {
        unread = now;
        await scene.lookAgain();
      },
      printed: async (objects, names) => {
        const clusters = Object.fromEntries(Object.entries(objects).filter(([one]) => names?.includes(one) !== false));
        const spec = { clusters: ['in-cluster', 'far'], ...byReadiness };
        const { configMap } = await combined({ clusters, spec, live: { annotations: live().annotations, data: {} } });
        return digestIn({ ...live(), annotations: configMap.metadata.annotations });
      },
      apply: async (clusters) => {
        const before = hub.caches.configMaps.get(key);
        const known = before ? { annotations: before.annotations, data: {} } : null;
        const { configMap } = await combined({ clusters, spec: byReadiness, live: known });
        const { namespace, labels, annotations } = configMap.metadata;
        hub.putConfigMap({ namespace, name, labels, annotations });
      },
      sources: () => live().annotations[sourcesAnnotation],
    };
    const fleetParts: FleetParts = new FleetParts({
      hub: 'in-cluster',
      ...shared,
      caches: cachesForHub(
        hub.caches,
        far.caches,
        (configMap) => fleets.namesOf(`${configMap.namespace}/${configMap.name}`).includes('far'),
        hubChanges,
      ),
      here: { name: 'far', isCalled: (cluster) => cluster === 'far', isDestinationOf: () => true },
      evidence: far.cluster,
      onPart: (configMap, cause) => {
        reconciler.enqueue([configMap], cause);
      },
    });
    const reconciler: Reconciler = new Reconciler({
      ...shared,
      caches: hub.caches,
      here: hubIdentity,
      evidence: hub.cluster,
      fleet: {
        read: () => {
          const { names } = scene;
          return names instanceof PluginError ? Promise.reject(names) : Promise.resolve(names);
        },
        intervalMs: minuteMs,
        follow: (...of) => {
          fleets.follow(...of);
        },
        partOf: (...of) => fleets.partOf(...of),
      },
      onStatus: (after) => void scene.told.push(after),
    });
    await scene.apply(first);
    hub.putApplication(application({ name: 'a', configMaps: [{ namespace: 'holmesgpt', name, status: 'Synced' }] }));
    hub.caches.onChange((change) => {
      if (change.collection === 'configMaps') hubChanges.notify(change);
    });
    fleetParts.start();
    reconciler.start();
    await time.advance(50);
    return scene;
  }
});

const byReadiness = { health: { check: 'readiness' }, discovery: { evidence: 'off' } };
