import { expect } from 'chai';
import { PluginError } from '../../../../../plugin/lib/errors.ts';
import type { MembersRequest } from '../../../../../plugin/serve/clusters/read-members.ts';
import { configMapProblem, sourceReason } from '../../../../../plugin/serve/reasons.ts';
import type { AwaitedPart, FleetPart } from '../../../../../plugin/serve/reconcile/evaluation/fleet-state.ts';
import type { ObservedDiscovery } from '../../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import { hubIdentity } from '../../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import type { ManagedConfigMap } from '../../../../../plugin/serve/reconcile/managed-config-map.ts';
import type { ReconcilerOptions } from '../../../../../plugin/serve/reconcile/reconciler.ts';
import { Reconciler } from '../../../../../plugin/serve/reconcile/reconciler.ts';
import type { ConfigMapStatus } from '../../../../../plugin/serve/reconcile/status.ts';
import type { KubeObject } from '../../../../cluster/parts/objects.ts';
import { combined } from '../../../../support/fleet.ts';
import type { Combined } from '../../../../support/fleet.ts';
import { grafana, prometheus, slice } from '../../../../support/objects.ts';
import { virtualTimeOfEach } from '../../../../support/virtual-time.ts';
import { application } from '../../argocd/argo-cd-model.ts';
import { clusterModel } from '../../cluster-model.ts';
import type { ClusterModel } from '../../cluster-model.ts';
import { digestIn } from '../../generated.ts';

const name = 'custom-toolsets-configmap';
const key = `holmesgpt/${name}`;
const hubUrl = 'https://kubernetes.default.svc';
const backends = [prometheus(), slice(prometheus())];
const more = [...backends, grafana(), slice(grafana())];
const away: FleetPart = { unread: 'CLUSTER_FORBIDDEN', message: 'services are forbidden' };
const grant = { include: ['*'], exclude: [], trust: null, clusters: [] };

/** Objects by cluster, in the order of the settings; of one that cannot be read `null`. */
type Clusters = Readonly<Record<string, readonly KubeObject[] | null>>;

const three: Clusters = { 'in-cluster': backends, far: backends, late: backends };

describe('plugin/serve/reconcile/evaluation/fleet', () => {
  const time = virtualTimeOfEach();

  describe('when clusters answer one after the other', () => {
    for (const order of [
      ['far', 'late'],
      ['late', 'far'],
    ]) {
      it(`waits until all clusters have answered, then agrees with generate: ${order.join(' before ')}`, async () => {
        const changed = { ...three, far: more, late: [] };
        const scene = await open({ clusters: three, answers: { far: { waitMs: 5_000 }, late: { waitMs: 5_000 } } });
        expect(scene.told).to.have.lengthOf(1);
        expect(scene.status()).to.deep.include({
          desired: null,
          problem: configMapProblem('ClustersNotRead', { clusters: '"*"' }),
        });

        for (const cluster of order) {
          expect(scene.told).to.have.lengthOf(1);
          await scene.answers(changed, cluster);
        }

        expect(scene.told).to.have.lengthOf(2);
        expect(scene.status()).to.deep.include({ problem: null, desired: digestOf(await scene.generate(changed)) });
      });
    }

    it('asks all of them again when the shortest wait is over', async () => {
      const scene = await open({ clusters: three, answers: { far: { waitMs: 3_000 }, late: { waitMs: 1_000 } } });
      scene.asked.splice(0);

      await time.advance(900);
      expect(scene.asked).to.deep.equal([]);
      await time.advance(100);
      expect(scene.asked).to.deep.equal(['far', 'late']);
    });

    it('keeps and explains the last result while a new version is not evaluated in all clusters', async () => {
      const scene = await open({ clusters: three });
      const before = scene.status();
      const [told, discoveries] = [scene.told.length, scene.discoveries.length];

      await scene.set({ far: { waitMs: 5_000 } });

      expect(scene.status()).to.equal(before);
      expect([scene.told.length, scene.discoveries.length]).to.deep.equal([told, discoveries]);
      expect(await scene.explained()).to.deep.equal(['prometheus']);
    });

    it('evaluates Services of the hub once per version, however often it waits for the other clusters', async () => {
      const scene = await open({ clusters: three });
      const before = await scene.reconciler.explain(key);

      await scene.set({ far: { waitMs: 5_000 } });
      await scene.answers(three, 'far');

      expect((await scene.reconciler.explain(key))?.candidates).to.equal(before?.candidates);
    });

    it('asks every cluster for the version under evaluation, even if a newer one arrives meanwhile', async () => {
      let permitted = Promise.resolve(true);
      const scene = await open({ clusters: three, namespace: 'team', grantOf: () => grant, permits: () => permitted });
      const first = scene.hub.caches.configMaps.get(key)!;
      const held = Promise.withResolvers<boolean>();
      permitted = held.promise;
      await scene.set({});
      scene.versions.splice(0);

      scene.hub.putConfigMap({ ...first, annotations: { ...first.annotations, edited: 'true' } });
      held.resolve(true);
      await time.advance(25);

      const second = scene.hub.caches.configMaps.get(key)!;
      expect(scene.versions.map((one) => one.annotations.edited)).to.deep.equal([undefined, undefined, 'true', 'true']);
      expect(scene.versions).to.deep.equal([first, first, second, second]);
    });
  });

  describe('when a cluster refuses access', () => {
    it('keeps its part and stays up to date, with a warning for as long as it lasts', async () => {
      const scene = await open({ clusters: three });
      await scene.set({ far: away });

      expect(scene.status()).to.deep.include({
        problem: null,
        outOfDateSince: null,
        services: { selected: 3, unhealthy: 0 },
      });
      expect(scene.unread()).to.deep.equal([
        'cluster far cannot be read (CLUSTER_FORBIDDEN): its backend in the ConfigMap stays unchanged; dynamic-toolset explain --cluster far says why',
      ]);

      await scene.answers(three, 'far');
      expect(scene.unread()).to.deep.equal([]);
      expect(scene.status()).to.include({ outOfDateSince: null });
    });

    it('keeps evaluating the others, and reports their new Services', async () => {
      const scene = await open({ clusters: three });
      await scene.set({ far: away });

      await scene.answers({ ...three, late: more }, 'late');

      expect(scene.status()?.desired).to.equal(digestOf(await scene.generate({ ...three, far: null, late: more })));
      expect(scene.changes()).to.deep.equal(['added late/monitoring/grafana']);
    });

    it('reports the first error when all clusters refuse access', async () => {
      const scene = await open({ clusters: { far: backends, late: backends }, answers: { far: away, late: away } });

      const error = 'far: services are forbidden';
      expect(scene.status()).to.deep.include({
        desired: null,
        problem: configMapProblem('ClustersUnreadable', { clusters: '"*"', error }),
      });
    });
  });

  describe('when the set of clusters changes', () => {
    it('removes a cluster that the globs no longer match, even if it is unreadable, and reports why', async () => {
      const scene = await open({ clusters: three });
      await scene.set({ far: away });

      await scene.members(['in-cluster', 'late']);

      const rest = { 'in-cluster': backends, late: backends };
      expect(scene.status()?.desired).to.equal(digestOf(await scene.generate(rest)));
      expect(scene.status()?.services).to.deep.equal({ selected: 2, unhealthy: 0 });
      expect(scene.unread()).to.deep.equal([]);
      expect(scene.changes()).to.deep.equal(['removed far/monitoring/prometheus']);
      expect(scene.discoveries.at(-1)?.changes.items[0]).to.include(sourceReason('ClusterNotTold'));
    });

    it('treats a new name as another cluster once that one has answered', async () => {
      const scene = await open({ clusters: three });
      await scene.set({ distant: { waitMs: 5_000 } });
      await scene.members(['in-cluster', 'distant', 'late']);
      expect(scene.changes()).to.deep.equal([]);
      expect(scene.status()).to.include({ outOfDateSince: null });

      const renamed = { 'in-cluster': backends, distant: backends, late: backends };
      await scene.answers(renamed, 'distant');

      expect(scene.status()?.desired).to.equal(digestOf(await scene.generate(renamed)));
      expect(scene.changes()).to.deep.equal([
        'added distant/monitoring/prometheus',
        'removed far/monitoring/prometheus',
      ]);
    });

    it('includes nothing of a cluster that was never read', async () => {
      const scene = await open({ clusters: three });
      await scene.set({ new: away });
      await scene.members([...Object.keys(three), 'new']);

      expect(scene.status()).to.deep.include({ outOfDateSince: null, services: { selected: 3, unhealthy: 0 } });
      expect(scene.unread()[0]).to.include(
        'new cannot be read (CLUSTER_FORBIDDEN): the ConfigMap has no backends of it',
      );
    });

    it('agrees with generate when the globs match no cluster', async () => {
      const scene = await open({ clusters: three });

      await scene.members([]);

      expect(scene.status()).to.deep.include({ problem: null, services: { selected: 0, unhealthy: 0 } });
      expect(scene.status()?.desired).to.equal(digestOf(await scene.generate({})));
      expect(scene.status()?.warnings.map(({ code }) => code)).to.deep.equal(['NOTHING_DISCOVERED']);
    });
  });

  describe('for the hub', () => {
    it('uses the name that the settings have for it', async () => {
      const clusters = { [hubUrl]: backends, far: backends };
      const scene = await open({ clusters });
      expect(scene.status()).to.deep.include({ outOfDateSince: null, services: { selected: 2, unhealthy: 0 } });

      for (const object of more) scene.hub.put(object);
      await time.advance(400);

      const changed = { ...clusters, [hubUrl]: more };
      expect(scene.status()?.desired).to.equal(digestOf(await scene.generate(changed)));
      expect(scene.changes()).to.deep.equal([`added ${hubUrl}/monitoring/grafana`]);
    });

    it('stops evaluating it when the globs match only other clusters', async () => {
      const scene = await open({ clusters: { 'in-cluster': backends, far: backends } });
      expect(await scene.explained()).to.deep.equal(['prometheus']);
      await scene.members(['far']);
      scene.asked.splice(0);

      for (const object of more) scene.hub.put(object);
      await time.advance(1_000);

      expect(scene.asked).to.deep.equal([]);
      expect(await scene.explained()).to.equal(null);
    });

    it('adds its unhealthy backends to those of the other clusters', async () => {
      const scene = await open({ clusters: three });
      for (const one of [grafana(), slice(grafana(), { ready: 0, notReady: 1 })]) scene.hub.put(one);
      await time.advance(400);

      await scene.answers({ ...three, far: [...backends, grafana()] }, 'far');

      expect(scene.status()?.services).to.deep.equal({ selected: 3, unhealthy: 2 });
    });

    it('reports ScopeNotWatched when it does not watch every namespace that the settings include', async () => {
      const scene = await open({ clusters: three, scope: ['monitoring'] });

      expect(scene.status()?.problem).to.deep.equal(
        configMapProblem('ScopeNotWatched', { scope: 'the whole cluster' }),
      );
    });
  });

  it('reports the problem of the first cluster that cannot evaluate the ConfigMap', async () => {
    const problem = configMapProblem('ProjectNotInPolicy', { project: '"a"', cluster: '"any"' });
    const scene = await open({ clusters: three, answers: { far: { problem } } });

    expect(scene.status()).to.deep.include({ desired: null, services: null, problem });
  });

  it('reports the enabled detectors, and no changes if there are none', async () => {
    const scene = await open({ clusters: three, spec: { detectors: { grafana: { enabled: false } } } });

    const [discovery] = scene.discoveries;
    expect(discovery?.detectors).to.include('prometheus').and.not.include('grafana');
    expect(discovery?.changes).to.deep.equal({ items: [], total: 0 });
  });

  it("looks its clusters up with the project's grant in any cluster", async () => {
    const granted: unknown[] = [];
    const grantOf: ReconcilerOptions['grantOf'] = (...of) => {
      granted.push(of);
      return grant;
    };
    const scene = await open({ clusters: three, grantOf });

    expect(granted).to.deep.equal([
      ['default', null],
      ['default', null],
    ]);
    expect(scene.requests.map(({ project, policy }) => ({ project, policy }))).to.deep.equal([
      { project: 'default', policy: grant },
    ]);
  });

  it('looks no clusters up when the policy grants the project nothing', async () => {
    const scene = await open({ clusters: three, grantOf: () => 'nothing' });

    expect(scene.status()?.problem?.reason).to.equal('ProjectNotInPolicy');
    expect([scene.requests, scene.asked]).to.deep.equal([[], []]);
  });

  it('reports why its clusters cannot be looked up, and asks none of them', async () => {
    const lookup = new PluginError('POLICY_DENIED', 'not far', { hint: 'ask' });
    const scene = await open({ clusters: three, lookup });

    expect(scene.status()?.problem).to.deep.equal(
      configMapProblem('ClustersUnreadable', { clusters: '"*"', error: 'not far; ask' }),
    );
    expect(scene.asked).to.deep.equal([]);
  });

  it('reports ReadsAnotherCluster with a truncated list of its clusters when serve reads no other cluster', async () => {
    const globs = ['a', 'b'].map((letter) => letter.repeat(150));
    const scene = await open({ clusters: three, spec: { clusters: globs }, isAlone: true });

    const cluster = JSON.stringify(`${'a'.repeat(150)}, ${'b'.repeat(48)}`);
    expect(scene.status()?.problem).to.deep.equal(
      configMapProblem('ReadsAnotherCluster', { cluster, here: '"in-cluster"' }),
    );
  });

  interface Scene {
    readonly hub: ClusterModel;
    readonly reconciler: Reconciler;
    readonly told: (ConfigMapStatus | undefined)[];
    readonly discoveries: (ObservedDiscovery | null)[];
    /** How the clusters were looked up. */
    readonly requests: MembersRequest[];
    /** Other clusters, as they were asked for their part. */
    readonly asked: string[];
    /** Which version they were asked for. */
    readonly versions: ManagedConfigMap[];
    readonly status: () => ConfigMapStatus | undefined;
    /** The warnings of clusters that are away. */
    readonly unread: () => readonly string[];
    readonly changes: () => readonly string[];
    /** Names of the Services of the hub that the API explains. */
    readonly explained: () => Promise<readonly string[] | null>;
    /** What these clusters say from now on. */
    readonly set: (parts: Readonly<Record<string, FleetPart | AwaitedPart>>) => Promise<void>;
    /** From now on the cluster says what it does where these are there. */
    readonly answers: (clusters: Clusters, cluster: string) => Promise<void>;
    /** The globs stand for these from now on. */
    readonly members: (names: readonly string[]) => Promise<void>;
    /** What `generate` would print now. */
    readonly generate: (clusters: Clusters) => Promise<Combined>;
  }

  interface Options extends Partial<Pick<ReconcilerOptions, 'grantOf' | 'permits'>> {
    /** What the ConfigMap was generated from, and what there is. */
    readonly clusters: Clusters;
    /** What others say instead. */
    readonly answers?: Readonly<Record<string, FleetPart | AwaitedPart>>;
    readonly spec?: object;
    readonly scope?: readonly string[];
    /** Of the Application. */
    readonly namespace?: string;
    readonly lookup?: PluginError;
    readonly isAlone?: boolean;
  }

  async function open(options: Options): Promise<Scene> {
    const { clusters, grantOf = () => null, permits = () => Promise.resolve(true), lookup, isAlone } = options;
    const spec = { clusters: ['*'], health: { check: 'readiness' }, discovery: { evidence: 'off' }, ...options.spec };
    const hub = clusterModel(Date.now, options.scope);
    for (const object of clusters['in-cluster'] ?? clusters[hubUrl] ?? []) hub.put(object);
    const { metadata } = (await combined({ clusters, spec })).configMap;
    hub.putConfigMap({
      namespace: metadata.namespace,
      name,
      labels: metadata.labels,
      annotations: metadata.annotations,
    });
    const owner = { name: 'a', configMaps: [{ namespace: 'holmesgpt', name, status: 'Synced' as const }] };
    hub.putApplication(
      application({ ...owner, ...(options.namespace === undefined ? {} : { namespace: options.namespace }) }),
    );
    const ending = new AbortController();
    time.atEnd(() => {
      ending.abort();
    });
    let names = Object.keys(clusters);
    const live = { annotations: metadata.annotations, data: {} };
    const generate = (now: Clusters): Promise<Combined> => combined({ clusters: now, spec, live });
    const parts = new Map<string, FleetPart | AwaitedPart>();
    const partIn = async (now: Clusters, cluster: string): Promise<FleetPart> => {
      const found = (await generate(now)).parts.find((one) => one.cluster === cluster)?.found;
      if (!found || 'unread' in found) throw new Error(`${cluster} was not read`);
      return { conclusion: found };
    };
    for (const cluster of names) parts.set(cluster, options.answers?.[cluster] ?? (await partIn(clusters, cluster)));
    const look = async (): Promise<void> => {
      reconciler.enqueue([key]);
      await time.advance(25);
    };
    const scene: Scene = {
      ...{ hub, told: [], discoveries: [], requests: [], asked: [], versions: [], generate },
      get reconciler() {
        return reconciler;
      },
      status: () => reconciler.configMaps.get(key),
      unread: () =>
        (scene.status()?.warnings ?? []).flatMap(({ code, message }) => (code === 'CLUSTER_UNREAD' ? message : [])),
      changes: () => scene.discoveries.at(-1)?.changes.items.map(({ change, service }) => `${change} ${service}`) ?? [],
      explained: async () => {
        const explained = await reconciler.explain(key);
        return explained?.conclusion.admitted.map(({ service }) => service.name) ?? null;
      },
      set: async (some) => {
        for (const [cluster, part] of Object.entries(some)) parts.set(cluster, part);
        await look();
      },
      answers: async (now, cluster) => {
        parts.set(cluster, await partIn(now, cluster));
        await look();
      },
      members: async (now) => {
        names = [...now];
        await time.advance(60_000);
      },
    };
    const reconciler: Reconciler = new Reconciler({
      caches: hub.caches,
      signal: ending.signal,
      prober: () => Promise.reject(new Error('nothing is probed')),
      evidence: hub.cluster,
      stores: null,
      here: hubIdentity,
      grantOf,
      permits,
      fleet: isAlone
        ? null
        : {
            read: (request) => {
              scene.requests.push(request);
              return lookup ? Promise.reject(lookup) : Promise.resolve(names);
            },
            intervalMs: 60_000,
            follow: () => undefined,
            partOf: (cluster, configMap) => {
              scene.asked.push(cluster);
              scene.versions.push(configMap);
              return parts.get(cluster) ?? { waitMs: 5_000 };
            },
          },
      onDiscovery: (_, discovery) => void scene.discoveries.push(discovery),
      onBug: (error) => {
        throw error;
      },
      onStatus: (after) => void scene.told.push(after),
    });
    reconciler.start();
    await time.advance(25);
    return scene;
  }
});

function digestOf({ configMap }: Combined): string | undefined {
  return digestIn(configMap.metadata);
}
