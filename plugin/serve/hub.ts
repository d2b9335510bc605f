import type { ApplicationView } from '../argocd/application.ts';
import { deploysTo } from '../argocd/destination.ts';
import { probeReason } from '../cluster/probe/probe-reasons.ts';
import { HttpProber } from '../cluster/probe/probe.ts';
import { StoreProber } from '../cluster/stores/store-prober.ts';
import { systemClock } from '../lib/clock.ts';
import { keyOf } from '../lib/object-key.ts';
import { Projects } from './argocd/projects.ts';
import { SyncController } from './argocd/sync-controller.ts';
import { collectionNames } from './cache/index.ts';
import type { CacheChange } from './cache/index.ts';
import { OtherCluster, otherCollections } from './clusters/other-cluster.ts';
import type { OpenCluster, OpenedCluster } from './clusters/open-cluster.ts';
import { WatchedCluster } from './clusters/watched-cluster.ts';
import type { SharedParts } from './clusters/watched-cluster.ts';
import { WatchedClusters } from './clusters/watched-clusters.ts';
import type { Emit } from './events.ts';
import type { ShownCluster } from './http/state/shown-cluster.ts';
import { History, needsAction } from './http/state/last-requests.ts';
import { LeaderElection } from './leader-election/leader-election.ts';
import { recordDiscoveries } from './metrics/discovery-metrics.ts';
import { recordDrift } from './metrics/drift.ts';
import { addGauges, addWatchGauge } from './metrics/gauges.ts';
import type { ClusterReading } from './metrics/gauges.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Policies } from './policies.ts';
import { hubIdentity } from './reconcile/evaluate.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import type { ConfigMapStatus } from './reconcile/status.ts';
import type { ServeOptions } from './serve-options.ts';
import { failure, reportRestart, reportSyncEvent } from './telemetry.ts';

/** Between two times that the clusters of a ConfigMap of several are listed. */
const fleetMs = 60_000;

export interface HubOptions extends ServeOptions {
  /** Of the cluster that Argo CD runs in, with its Applications. */
  readonly caches: ServeCaches;
  readonly policies: Policies;
  readonly metrics: Metrics;
  /** Aborted after `signal`: until then the status of ConfigMaps is kept up to date for the API. */
  readonly ended: AbortSignal;
}

/**
 * What there is once, whatever the number of clusters: the requests to Argo CD, the leader election, the policy and the
 * metrics.
 */
export class Hub {
  /** The cluster that Argo CD runs in. */
  readonly own: WatchedCluster;
  /** `null` where only the own one is watched. */
  readonly others: WatchedClusters | null;
  readonly #options: HubOptions;
  readonly #history = new History(systemClock);
  readonly #election: LeaderElection | null;
  readonly #controller: SyncController;
  readonly #shared: SharedParts;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#election = this.#createElection();
    this.#controller = this.#createController();
    this.#shared = this.#createShared();
    this.own = this.#createOwn();
    this.others = options.openCluster && this.#createOthers(options.openCluster);
    addWatchGauge(options.metrics, () => this.#readings());
  }

  /** Reconciles until the signal; settles when no request to Argo CD is in flight. Called when everything has been listed. */
  async run(): Promise<void> {
    const { caches, metrics } = this.#options;
    addGauges(metrics, {
      applications: caches.applications,
      clusters: () => this.#readings(),
      destinationOf: (application) => this.#clusterOf(application.otherCluster)?.name ?? null,
      unopened: () =>
        this.others ? this.others.leftOut + this.others.states().filter(({ other }) => !other).length : 0,
      isLeader: () => this.#isLeader(),
      clock: systemClock,
      needsAction: (application) => needsAction(this.#history.of(application)),
    });
    this.own.start();
    caches.onChange((change) => {
      this.#handleChange(change);
    });
    this.others?.applicationsChanged([...caches.applications.values()].map(keyOf));
    const election = this.#election?.run();
    this.#reconcileAll();
    await this.#followPolicy();
    await Promise.all([this.#controller.idle(), election]);
  }

  /** Settles when every other cluster is closed, after `ended`. */
  async closed(): Promise<void> {
    await this.others?.done();
  }

  /** Every cluster that is open, the own one first. */
  clusters(): readonly WatchedCluster[] {
    return [this.own, ...(this.others?.open() ?? []).map(({ cluster }) => cluster)];
  }

  /** Every cluster as the API shows it: the own one first, then by name, those among them that are not open. */
  shown(): readonly ShownCluster[] {
    const { own, others } = this;
    const of = (cluster: WatchedCluster): Pick<ShownCluster, 'services' | 'configMaps' | 'model'> => ({
      services: cluster.caches.services.size,
      configMaps: cluster.caches.configMaps.size,
      model: cluster.readModel,
    });
    const none = { services: 0, configMaps: 0, model: null };
    const server = this.#options.connection.server.host;
    return [
      { name: own.name, isOwn: true, server, isOpen: true, unread: own.unread(), since: own.since, ...of(own) },
      ...(others?.states() ?? []).map(({ other, ...state }) => ({
        ...state,
        isOwn: false,
        isOpen: other !== null,
        ...(other ? of(other.cluster) : none),
      })),
    ];
  }

  #createOwn(): WatchedCluster {
    const { connection, caches, emit, ended, readFleet, resyncMs } = this.#options;
    const [prober, stores] = [new HttpProber({ signal: ended }), new StoreProber({ signal: ended })];
    return new WatchedCluster({
      shared: this.#shared,
      connection,
      caches,
      collections: collectionNames,
      here: hubIdentity,
      grantOf: this.#options.policies.grantOf,
      prober: (request) => prober.probe(request),
      stores: (question) => stores.ask(question),
      fleet: { read: readFleet, intervalMs: Math.min(fleetMs, resyncMs) },
      emit,
      onStatus: (after, before) => {
        this.#handleStatus(after, before);
      },
      signal: ended,
    });
  }

  #readings(): readonly ClusterReading[] {
    return this.clusters().map((cluster) => ({
      name: cluster.name,
      isReadable: cluster.unread() === null,
      caches: cluster.caches,
      collections: cluster.collections,
      configMaps: cluster.configMaps,
    }));
  }

  #createOthers(open: OpenCluster): WatchedClusters {
    const { caches, policies, ended } = this.#options;
    return new WatchedClusters({
      applications: caches.applications,
      open,
      mayRead: (application, opened) => mayRead(application, opened, policies),
      watch: (opened) => this.#watch(opened),
      emit: this.#tell,
      signal: ended,
    });
  }

  #watch(opened: OpenedCluster): OtherCluster {
    const { caches, scope, configMaps, resyncMs, metrics } = this.#options;
    const other: OtherCluster = new OtherCluster({
      opened,
      hub: caches,
      scope,
      configMaps,
      resyncMs,
      emit: this.#tell,
      create: (...parts) => this.#createOther(...parts),
      onRestart: (restart, emitOfCluster) => {
        reportRestart(restart, emitOfCluster, metrics);
      },
      onAccessLost: () => {
        this.others?.reopen(other);
      },
      onReadable: () => {
        for (const application of caches.applications.values())
          if (this.others?.of(application) === other) this.#controller.reconcile(keyOf(application));
      },
    });
    other.cluster.changes.onChange((changed) => {
      this.own.changes.relay(changed);
    });
    return other;
  }

  /** Emits an event of another cluster; those about its state are of interest to the page. */
  readonly #tell: Emit = (event, fields) => {
    this.#options.emit(event, fields);
    if (event.startsWith('cluster')) this.own.changes.clustersChanged();
  };

  #createOther(opened: OpenedCluster, caches: ServeCaches, emit: Emit, signal: AbortSignal): WatchedCluster {
    const { name, server, project: only, connection } = opened;
    const isHere = (called: string): boolean => this.others?.of({ otherCluster: called })?.opened === opened;
    const { grantOf } = this.#options.policies;
    return new WatchedCluster({
      shared: this.#shared,
      connection,
      caches,
      collections: otherCollections,
      here: {
        name,
        isCalled: (cluster) => deploysTo({ name: '', server: cluster }, [name, server]) || isHere(cluster),
        isDestinationOf: ({ otherCluster }) => otherCluster !== null && isHere(otherCluster),
      },
      grantOf: (project, cluster) => (only === null || only === project ? grantOf(project, cluster) : 'nothing'),
      prober: () => Promise.resolve({ healthy: false, ...probeReason('ProbePending') }),
      // What is asked by a name is not asked from here, where the name may be that of another Service.
      stores: () => Promise.resolve({ unlearned: 'Silent' }),
      fleet: null,
      emit,
      onStatus: (after, before) => {
        this.#handleStatus(after, before);
      },
      signal,
    });
  }

  #createShared(): SharedParts {
    const { connection, metrics, ended } = this.#options;
    const projects = new Projects(connection, ended);
    return {
      permits: (application) => projects.permits(application),
      metrics,
      discoveries: recordDiscoveries(metrics),
      drifts: recordDrift(metrics),
      history: this.#history,
    };
  }

  #createElection(): LeaderElection | null {
    const { lease, connection, signal, emit } = this.#options;
    if (lease === null) return null;
    return new LeaderElection({
      ...lease,
      connection,
      signal,
      onChange: (isLeader) => {
        emit(isLeader ? 'leader-elected' : 'leader-lost', { identity: lease.identity });
        if (isLeader) this.#reconcileAll();
      },
      onError: (error) => {
        emit('lease-failed', failure(error));
      },
    });
  }

  #isLeader(): boolean {
    return this.#election?.isLeader() ?? true;
  }

  #createController(): SyncController {
    const { caches, argoCd, syncMode, signal, emit, metrics } = this.#options;
    return new SyncController({
      applications: caches.applications,
      configMapsOf: (application) => this.#configMapsOf(application),
      argoCd,
      mode: syncMode,
      isLeader: () => this.#isLeader(),
      isReadable: ({ otherCluster }) => otherCluster === null || this.others?.of({ otherCluster })?.unread() === null,
      isCurrent: ({ namespace, configMaps, otherCluster }) =>
        caches.isCurrent('applications', namespace) && (this.#clusterOf(otherCluster)?.isCurrent(configMaps) ?? false),
      signal,
      onEvent: (event, application) => {
        reportSyncEvent(event, application, this.#configMapsOf(keyOf(application)), {
          emit,
          metrics,
          clock: systemClock,
        });
        this.#history.record(event, application);
        this.own.changes.historyChanged();
      },
    });
  }

  #clusterOf(otherCluster: string | null): WatchedCluster | null {
    return otherCluster === null ? this.own : (this.others?.of({ otherCluster })?.cluster ?? null);
  }

  #configMapsOf(application: string): readonly ConfigMapStatus[] {
    return this.clusters().flatMap(({ configMaps }) =>
      [...configMaps.values()].filter((one) => one.application === application),
    );
  }

  #reconcileAll(): void {
    for (const application of this.#options.caches.applications.values())
      this.#controller.reconcile(keyOf(application));
  }

  #handleStatus(after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined): void {
    const owner = after?.application ?? null;
    if (owner !== null && this.#configMapsOf(owner).every(({ outOfDateSince }) => outOfDateSince === null))
      this.#history.settle(owner);
    // The previous owner as well: it may have nothing left to do.
    for (const application of new Set([before?.application ?? null, owner]))
      if (application !== null) this.#controller.reconcile(application);
  }

  #handleChange({ collection, keys }: CacheChange): void {
    if (collection !== 'applications') return;
    this.others?.applicationsChanged(keys);
    for (const key of keys) {
      this.#controller.reconcile(key);
      if (this.#options.caches.applications.get(key) === undefined) this.#history.forget(key);
    }
  }

  /** The policy is a mounted file: it is read again at the interval of the complete lists. */
  async #followPolicy(): Promise<void> {
    const { signal, resyncMs, policies, emit } = this.#options;
    for (;;) {
      await systemClock.sleep(resyncMs, signal);
      if (signal.aborted) return;
      try {
        if (!(await policies.reload())) continue;
        this.own.policyChanged();
        this.others?.policyChanged();
      } catch (error) {
        emit('policy-failed', failure(error));
      }
    }
  }
}

/** By any of its names: the destination and the settings may use different ones. */
function mayRead(
  { project, otherCluster }: ApplicationView,
  { name, server, project: only }: OpenedCluster,
  { grantOf }: Policies,
): boolean {
  const names = [name, server, otherCluster ?? name];
  return (only === null || only === project) && names.some((cluster) => grantOf(project, cluster) !== 'nothing');
}
