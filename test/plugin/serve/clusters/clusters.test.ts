import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import type { ApplicationView } from '../../../../plugin/argocd/application.ts';
import type { Connection } from '../../../../plugin/cluster/connection/connection.ts';
import type { Prober } from '../../../../plugin/cluster/probe/probe.ts';
import { probeReason } from '../../../../plugin/cluster/probe/probe-reasons.ts';
import { maxProxied } from '../../../../plugin/cluster/probe/proxied-get.ts';
import { systemClock } from '../../../../plugin/lib/clock.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import type { CacheChange } from '../../../../plugin/serve/cache/index.ts';
import type { ReflectorHealth } from '../../../../plugin/serve/cache/reflector-health.ts';
import { Clusters } from '../../../../plugin/serve/clusters/clusters.ts';
import type { ClustersOptions } from '../../../../plugin/serve/clusters/clusters.ts';
import type { OpenedCluster } from '../../../../plugin/serve/clusters/open-cluster.ts';
import type { Fields } from '../../../../plugin/serve/events.ts';
import { RequestHistory } from '../../../../plugin/serve/http/state/request-history.ts';
import { recordDiscoveries } from '../../../../plugin/serve/metrics/discovery-metrics.ts';
import { recordDrift } from '../../../../plugin/serve/metrics/drift.ts';
import { createMetrics } from '../../../../plugin/serve/metrics/metrics.ts';
import type { ManagedConfigMap } from '../../../../plugin/serve/reconcile/managed-config-map.ts';
import type { ConfigMapStatus } from '../../../../plugin/serve/reconcile/status.ts';
import { combined } from '../../../support/fleet.ts';
import { grafana, prometheus, slice } from '../../../support/objects.ts';
import { until } from '../../../support/until.ts';
import { application } from '../argocd/argo-cd-model.ts';
import { connection } from '../argocd/fake-connection.ts';
import { clusterModel } from '../cluster-model.ts';
import type { ClusterModel } from '../cluster-model.ts';
import { noLinks } from '../config-map-status.ts';
import { generated } from '../generated.ts';
import { ApiServer } from './api-server.ts';

const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';
const byReadiness = { health: { check: 'readiness' }, discovery: { evidence: 'off' } };
const byProxy = { health: { check: 'http', otherClusters: 'proxy' }, discovery: { evidence: 'off' } };
const withPrometheus = [prometheus(), slice(prometheus())];
const withGrafana = [grafana(), slice(grafana())];

describe('plugin/serve/clusters/clusters', () => {
  const servers: ApiServer[] = [];
  const ends: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  it("evaluates a hub ConfigMap that is made of another cluster against that cluster's Services", async () => {
    const scene = await open();
    await scene.deploy('made', { cluster: 'spoke' });
    await scene.settles('made', ({ outOfDateSince }) => outOfDateSince === null);

    scene.spoke.put(...withGrafana);

    await scene.settles('made', ({ outOfDateSince, services }) => outOfDateSince !== null && services?.selected === 2);
    expect(scene.clusters.own.configMaps.size).to.equal(0);
    expect(scene.events('bug')).to.deep.equal([]);
  });

  it('evaluates a ConfigMap whose settings use another name for a cluster that is already open', async () => {
    const scene = await open();
    await scene.deploy('one', { cluster: 'spoke' });
    await scene.settles('one', ({ problem }) => problem === null);

    await scene.deploy('two', { cluster: 'https://SPOKE.example.com:443' });

    await scene.settles('two', ({ problem, services }) => problem === null && services?.selected === 1);
    expect(scene.clusters.all()).to.have.lengthOf(2);
  });

  it('reports a ConfigMap in one place only, once another name of its cluster is resolved', async () => {
    const scene = await open();
    const server = 'https://SPOKE.example.com';
    await scene.deploy('one', { cluster: 'spoke' });
    scene.unknown.add(server);
    await scene.deploy('two', { cluster: server });
    await scene.settles('two', ({ problem }) => problem?.reason === 'ReadsAnotherCluster');

    scene.unknown.clear();

    await scene.settles('two', ({ problem }) => problem === null);
    await until('the hub tells of none', () => scene.clusters.own.configMaps.size === 0);
    expect(scene.clusters.configMapsOf('argocd/two')).to.have.lengthOf(1);
  });

  it('opens the cluster of a ConfigMap that follows many others in its Application', async () => {
    const scene = await open();
    const chart = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ namespace: 'holmesgpt', name, status: 'Synced' }));
    await scene.deploy('made', { cluster: 'spoke' }, { before: chart as ApplicationView['configMaps'] });

    await scene.settles('made', ({ problem }) => problem === null);
  });

  it('reports in the hub why a cluster cannot be opened, and leaves its Application alone', async () => {
    const scene = await open();
    await scene.deploy('made', { cluster: 'unknown' });

    await scene.settles('made', ({ problem }) => problem?.reason === 'ReadsAnotherCluster');

    const state = { name: 'unknown', server: null, isOpen: false, model: null, parts: null, services: 0 };
    expect(scene.clusters.shown()[1]).to.deep.include(state);
    expect(scene.clusters.shown()[1]?.unread?.reason).to.equal('CLUSTER_UNKNOWN');
    expect(scene.clusters.unopened()).to.equal(1);
    expect(scene.areReadable('made')).to.equal(false);
    expect(scene.areReadable('made', { configMaps: [] })).to.equal(true);
  });

  it('reads a cluster only for the project that its access is granted to', async () => {
    const scene = await open({}, 'trusted');
    await scene.deploy('denied', { cluster: 'spoke' }, { project: 'other' });
    await scene.settles('denied', ({ problem }) => problem?.reason === 'ReadsAnotherCluster');
    expect(scene.clusters.shown()[1]?.unread?.reason).to.equal('POLICY_DENIED');

    await scene.deploy('made', { cluster: 'spoke' }, { project: 'trusted' });

    await scene.settles('made', ({ problem }) => problem === null);
    await scene.settles('denied', ({ problem }) => problem?.reason === 'ProjectNotInPolicy');
    expect(scene.connections()).to.equal(1);
  });

  it('leaves Applications alone while their cluster is unreadable, and resumes once it can be read', async () => {
    const scene = await open();
    await scene.deploy('made', { cluster: 'spoke' });
    await scene.deploy('own', {});
    await scene.settles('made', ({ problem }) => problem === null);
    expect([scene.areReadable('made'), scene.areReadable('own')]).to.deep.equal([true, true]);
    expect(scene.readable).to.deep.equal(['argocd/made']);

    scene.spoke.fail(500);
    await until('it cannot be read', () => scene.events('cluster-unreadable').length > 0);
    expect([scene.areReadable('made'), scene.areReadable('own')]).to.deep.equal([false, true]);
    expect(scene.clusters.shown().map(({ unread }) => unread?.reason)).to.deep.equal([undefined, 'NotWatched']);

    scene.spoke.failWith = null;
    await until('it can be read', () => scene.readable.length > 1);
    expect(scene.readable).to.deep.equal(['argocd/made', 'argocd/made']);
    expect(scene.areReadable('made')).to.equal(true);
    expect(scene.events('cluster-readable')).to.deep.equal(
      Array(2).fill({ cluster: 'spoke', services: 1, configMaps: 0 }),
    );
  });

  it('closes a cluster when the last Application that reads it is deleted', async () => {
    const scene = await open();
    await scene.deploy('made', { cluster: 'spoke' });
    await scene.deploy('there', {}, { otherCluster: 'spoke' });
    await scene.settles('made', ({ problem }) => problem === null);
    await until('it is watched', () => scene.spoke.watches === 4);

    scene.hub.removeApplication('argocd/made');
    scene.hub.removeConfigMap('holmesgpt/made');
    expect(scene.clusters.of('spoke')?.name).to.equal('spoke');
    scene.hub.removeApplication('argocd/there');

    await until('its watches end', () => scene.spoke.watches === 0 && scene.connections() === 0);
    expect(scene.clusters.of('spoke')).to.equal(null);
    expect(scene.clusters.of(null)).to.equal(scene.clusters.own);
    expect(scene.events('cluster-closed')).to.deep.equal([{ cluster: 'spoke' }]);
  });

  it('looks a cluster up again when its access is lost, even if it was readable before', async () => {
    const scene = await open();
    await scene.deploy('made', { cluster: 'spoke' });
    await scene.settles('made', ({ problem }) => problem === null);
    const before = scene.clusters.of('spoke');

    scene.loseAccess();
    scene.spoke.fail(401);
    scene.spoke.failWith = null;

    await until('it is another one', () => scene.clusters.of('spoke') !== before && scene.areReadable('made'));
    expect(scene.events('cluster-opened')).to.have.lengthOf(2);
    expect(scene.connections()).to.equal(1);
  });

  it('reports what each cluster of a multi-cluster ConfigMap holds, and warns when one is unreadable', async () => {
    const scene = await open();
    for (const object of withPrometheus) scene.hub.put(object);
    await scene.deploySeveral('fleet');
    await scene.settles('fleet', ({ services, outOfDateSince }) => services?.selected === 2 && outOfDateSince === null);

    scene.spoke.put(...withGrafana);
    await scene.settles('fleet', ({ services, outOfDateSince }) => services?.selected === 3 && outOfDateSince !== null);
    const [own, other] = scene.clusters.shown();
    expect(own?.model?.membersOf('holmesgpt/fleet')).to.deep.equal(['in-cluster', 'spoke']);
    expect(other?.parts?.configMaps().map(({ name }) => name)).to.deep.equal(['fleet']);
    expect(scene.clusters.configMapsOf('argocd/fleet').map(({ name }) => name)).to.deep.equal(['fleet']);

    scene.spoke.fail(500);
    await scene.settles('fleet', ({ warnings }) => warnings.some(({ code }) => code === 'CLUSTER_UNREAD'));
    expect(scene.areReadable('fleet')).to.equal(true);
    expect(scene.events('bug')).to.deep.equal([]);
  });

  it('sends no more probes at once through an API server than its limit, for all ConfigMaps together', async () => {
    const scene = await open({ allowServiceProxy: true });
    await scene.deploy('made', { cluster: 'spoke', ...byProxy });
    await scene.deploySeveral('fleet', byProxy);
    await scene.settles('made', ({ problem }) => problem === null);
    await scene.settles('fleet', ({ problem }) => problem === null);

    const added = Array.from({ length: 2 * maxProxied }, (_, index) => prometheus(`team-${String(index)}`));
    scene.spoke.put(...added, ...added.map((one) => slice(one)));

    const { proxied } = scene.spoke;
    await until('each ConfigMap has probed each Service', () => proxied.all >= 2 * added.length && proxied.open === 0);
    expect(proxied.most).to.equal(maxProxied);
  });

  it('evaluates nothing before its cluster is listed, even if the policy changes', async () => {
    const scene = await open();
    scene.spoke.held.add('services');
    await scene.deploy('made', { cluster: 'spoke' });
    await until('the cluster is open', () => scene.clusters.all().length === 2);

    scene.clusters.policyChanged();
    scene.spoke.release();
    await scene.settles('made', () => true);

    expect(scene.told('made').map(({ outOfDateSince }) => outOfDateSince)).to.deep.equal([null]);
  });

  interface Scene {
    readonly hub: ClusterModel;
    readonly spoke: ApiServer;
    readonly clusters: Clusters;
    /** A ConfigMap of the hub as `generate` makes it now, of a cluster that holds a Prometheus, and its Application. */
    readonly deploy: (name: string, spec: object, differences?: Differences) => Promise<void>;
    /** The same of one that is made of the hub and the other cluster. */
    readonly deploySeveral: (name: string, spec?: object) => Promise<void>;
    readonly areReadable: (name: string, differences?: Partial<ApplicationView>) => boolean;
    /** What was told of a ConfigMap. */
    readonly told: (name: string) => readonly ConfigMapStatus[];
    readonly settles: (name: string, holds: (status: ConfigMapStatus) => boolean) => Promise<void>;
    readonly events: (event: string) => readonly Fields[];
    /** Names by which no cluster is found. */
    readonly unknown: Set<string>;
    /** Applications that were told to be readable again. */
    readonly readable: readonly string[];
    /** Connections to the other cluster that are open. */
    readonly connections: () => number;
    /** Has every request through what is open now fail, as where the access was taken away. */
    readonly loseAccess: () => void;
  }

  interface Differences extends Partial<ApplicationView> {
    /** ConfigMaps of the Application that are listed before the generated one. */
    readonly before?: ApplicationView['configMaps'];
  }

  async function open(options: Partial<ClustersOptions> = {}, project: string | null = null): Promise<Scene> {
    const hub = clusterModel();
    const spoke = new ApiServer();
    servers.push(spoke);
    await spoke.listen();
    spoke.put(...withPrometheus);
    const ending = new AbortController();
    const told: (ConfigMapStatus | undefined)[] = [];
    const events: (readonly [event: string, fields: Fields])[] = [];
    const readable: string[] = [];
    const metrics = createMetrics();
    const unknown = new Set<string>();
    const connections = new Set<Connection>();
    const lost = new Set<Connection>();
    const connect = (): Connection => {
      const connection: Connection = {
        server: new URL(spoke.url),
        authenticate: () => (lost.has(connection) ? Promise.reject(accessLost()) : Promise.resolve({})),
        close: () => void connections.delete(connection),
      };
      connections.add(connection);
      return connection;
    };
    const clusters = new Clusters({
      connection,
      caches: { ...hub.caches, permittedHealth: () => listed },
      scope: 'cluster',
      configMaps: 'cluster',
      resyncMs: 600_000,
      policies: { grantOf: () => null, reload: () => Promise.resolve(false) },
      allowServiceProxy: false,
      openCluster: async (called: string): Promise<OpenedCluster> => {
        // It takes a while: what was enqueued before is evaluated meanwhile.
        for (let i = 0; i < 10; i++) await turn();
        if (!/spoke/i.test(called) || unknown.has(called)) throw unknownCluster();
        return { name: 'spoke', server: 'https://spoke.example.com', project, connection: connect() };
      },
      readMembers: () => Promise.resolve(['in-cluster', 'spoke']),
      shared: {
        permits: () => Promise.resolve(true),
        metrics,
        discoveries: recordDiscoveries(metrics),
        drifts: recordDrift(metrics),
        requestHistory: new RequestHistory(systemClock, () => true),
        links: noLinks,
      },
      onStatus: (after: ConfigMapStatus | undefined) => void told.push(after),
      onReadable: (one: string) => void readable.push(one),
      emit: (event: string, fields: Fields = {}) => void events.push([event, fields]),
      ended: ending.signal,
      ...options,
    } as ClustersOptions);
    ends.push(async () => {
      ending.abort();
      await clusters.closed();
    });
    hub.caches.onChange(({ collection, keys }: CacheChange) => {
      if (collection === 'configMaps') clusters.configMapsChanged(keys);
      if (collection === 'applications') clusters.applicationsChanged(keys);
    });
    clusters.start();
    const deploy = (configMap: ManagedConfigMap, { before = [], ...differences }: Differences = {}): void => {
      const { namespace, name } = configMap;
      // What deploys elsewhere has its ConfigMap there.
      if (differences.otherCluster === undefined) hub.putConfigMap(configMap);
      const configMaps = [...before, { namespace, name, status: 'Synced' } as const];
      hub.putApplication(application({ name, configMaps, ...differences }));
    };
    const toldOf = (name: string): readonly ConfigMapStatus[] =>
      told.flatMap((one) => (one?.name === name ? [one] : []));
    return {
      ...{ hub, spoke, clusters, readable, unknown },
      deploy: async (name, spec, differences) => {
        deploy(await configMapOf(name, spec), differences);
      },
      deploySeveral: async (name, spec = byReadiness) => {
        const clusters = { 'in-cluster': withPrometheus, spoke: withPrometheus };
        const { configMap } = await combined({ clusters, spec });
        const { labels, annotations } = configMap.metadata;
        deploy({ namespace: 'holmesgpt', name, labels, annotations });
      },
      areReadable: (name, differences) =>
        clusters.areReadable({ ...hub.caches.applications.get(`argocd/${name}`)!, ...differences }),
      connections: () => connections.size,
      loseAccess: () => {
        for (const connection of connections) lost.add(connection);
      },
      told: toldOf,
      settles: (name, holds) =>
        until(`what is told of ${name} holds`, () => {
          const last = toldOf(name).at(-1);
          return last !== undefined && holds(last);
        }),
      events: (event) => events.flatMap(([one, fields]) => (one === event ? [fields] : [])),
    };
  }
});

const unknownCluster = (): PluginError =>
  new PluginError('CLUSTER_UNKNOWN', 'there is no such cluster', { hint: 'add it' });
const accessLost = (): PluginError => new PluginError('CLUSTER_ACCESS_INVALID', 'its token is gone', { hint: 'ask' });

const listed = { synced: true, watching: true, lastError: null, lastCode: null } as ReflectorHealth;

/** As `generate` makes it of clusters that hold a Prometheus each. */
async function configMapOf(name: string, spec: object): Promise<ManagedConfigMap> {
  const far = clusterModel();
  for (const object of withPrometheus) far.put(object);
  const prober: Prober = () => ({ healthy: true, ...probeReason('Answered', { status: 200, url: '/' }) });
  return generated({ name, spec: { ...byReadiness, target: { urls }, ...spec }, cluster: far.cluster, prober });
}
