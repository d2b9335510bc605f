import { deploysToHub } from '../argocd/application.ts';
import type { ApplicationView } from '../argocd/application.ts';
import { deploysTo } from '../argocd/destination.ts';
import { evidenceOf, runTimeouts } from '../cluster/http/evidence.ts';
import { probeReason } from '../cluster/probe/probe-reasons.ts';
import { HttpProber } from '../cluster/probe/probe.ts';
import type { Prober } from '../cluster/probe/probe.ts';
import { maxProxied, proxiedGet } from '../cluster/probe/proxied-get.ts';
import type { StoreAnswer } from '../cluster/stores/question.ts';
import { StoreProber } from '../cluster/stores/store-prober.ts';
import { systemClock } from '../lib/clock.ts';
import { keyOf } from '../lib/object-key.ts';
import { Projects } from './argocd/projects.ts';
import { SyncController } from './argocd/sync-controller.ts';
import { collectionNames } from './cache/index.ts';
import type { CacheChange } from './cache/index.ts';
import { OtherCluster, otherCollections } from './clusters/other-cluster.ts';
import type { OtherClusterParts } from './clusters/other-cluster.ts';
import { FleetParts } from './clusters/fleet-parts.ts';
import { Fleets } from './clusters/fleets.ts';
import { madeOf } from './clusters/made-in-hub.ts';
import type { OpenCluster, OpenedCluster } from './clusters/open-cluster.ts';
import { WatchedCluster } from './clusters/watched-cluster.ts';
import type { SharedParts } from './clusters/watched-cluster.ts';
import { WatchedClusters } from './clusters/watched-clusters.ts';
import type { Emit, EventName } from './events.ts';
import type { ShownCluster } from './http/state/shown-cluster.ts';
import { History, needsAction } from './http/state/last-requests.ts';
import { linksOf } from './http/state/links.ts';
import { LeaderElection } from './leader-election/leader-election.ts';
import { instrumentProber, recordDiscoveries } from './metrics/discovery-metrics.ts';
import { recordDrift } from './metrics/drift.ts';
import { addGauges, addWatchGauge } from './metrics/gauges.ts';
import type { ClusterReading } from './metrics/gauges.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Policies } from './policies.ts';
import { hubIdentity } from './reconcile/evaluation/inputs.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import type { ConfigMapStatus } from './reconcile/status.ts';
import type { ServeOptions } from './serve-options.ts';
import { failure, reportRestart, reportSyncEvent } from './telemetry.ts';

/** Between two times that it is looked up which clusters a ConfigMap of several is made of. */
const membersMs = 60_000;
/** A cluster is open from now on, or not. */
const lookedUp: ReadonlySet<EventName> = new Set(['cluster-opened', 'cluster-closed', 'cluster-failed']);
/** ConfigMaps of one Application that are looked at. */
const maxListed = 5;

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
  readonly #fleets = new Fleets({
    others: () => this.others,
    onMembers: (configMap) => {
      this.#handleConfigMaps([configMap]);
    },
  });

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
    this.others?.applicationsChanged([...caches.applications.values()].map(keyOf));
    this.own.start();
    caches.onChange((change) => {
      this.#handleChange(change);
    });
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
    const of = (cluster: WatchedCluster): Pick<ShownCluster, 'services' | 'configMaps' | 'model' | 'made'> => ({
      services: cluster.caches.services.size,
      configMaps: cluster.caches.configMaps.size,
      model: cluster.readModel,
      made: [],
    });
    const none = { services: 0, configMaps: 0, model: null, made: [] };
    const made = (others?.open() ?? []).flatMap(({ opened: { name: cluster }, madeInHub: { readModel: model } }) =>
      model && model.configMaps().length > 0 ? [{ cluster, model }] : [],
    );
    const server = this.#options.connection.server.host;
    return [
      { name: own.name, isOwn: true, server, isOpen: true, unread: own.unread(), since: own.since, ...of(own), made },
      ...(others?.states() ?? []).map(({ other, ...state }) => ({
        ...state,
        isOwn: false,
        isOpen: other !== null,
        ...(other ? of(other.cluster) : none),
      })),
    ];
  }

  #createOwn(): WatchedCluster {
    const { connection, caches, emit, ended, readMembers, resyncMs } = this.#options;
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
      fleet: {
        read: readMembers,
        intervalMs: Math.min(membersMs, resyncMs),
        follow: (configMap, names) => {
          this.#fleets.follow(configMap, names);
        },
        partOf: (...of) => this.#fleets.partOf(...of),
      },
      isElsewhere: (configMap) => this.others?.isExpected(madeOf(configMap) ?? '') ?? false,
      emit,
      onStatus: (after, before) => {
        this.#handleStatus(after, before);
      },
      signal: ended,
    });
  }

  #readings(): readonly ClusterReading[] {
    const made = (this.others?.open() ?? []).flatMap(({ madeInHub }) => [...madeInHub.configMaps]);
    return this.clusters().map((cluster) => ({
      name: cluster.name,
      isReadable: cluster.unread() === null,
      caches: cluster.caches,
      collections: cluster.collections,
      configMaps: cluster === this.own ? new Map([...cluster.configMaps, ...made]) : cluster.configMaps,
    }));
  }

  #createOthers(open: OpenCluster): WatchedClusters {
    const { caches, policies, ended } = this.#options;
    return new WatchedClusters({
      applications: caches.applications,
      open,
      mayRead: (application, opened, called) => mayRead(application, opened, called, policies),
      namesOf: (application) => this.#namesOf(application),
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
      create: (parts) => this.#createOther(parts),
      createParts: (parts) => this.#createParts(parts),
      isCalled: (one, cluster) => this.#isCalled(one, cluster),
      isPartOf: (one, configMap) =>
        this.#fleets.namesOf(keyOf(configMap)).some((cluster) => this.#isCalled(one, cluster)),
      onRestart: (restart, emitOfCluster) => {
        reportRestart(restart, emitOfCluster, metrics);
      },
      onAccessLost: () => {
        this.others?.reopen(other);
      },
      onReadable: () => {
        for (const application of caches.applications.values())
          if (this.#neededBy(application).some((otherCluster) => this.others?.of({ otherCluster }) === other))
            this.#controller.reconcile(keyOf(application));
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
    // What is made of it is told by its own evaluation, or by that of the hub where it cannot be opened.
    if (lookedUp.has(event)) this.own.enqueue(this.#madeElsewhere());
    if (event.startsWith('cluster')) this.own.enqueue(this.#fleets.configMaps());
  };

  #createOther({ opened, caches, isInHub, keptKeys, emit, signal }: OtherClusterParts): WatchedCluster {
    const { name, project: only, connection } = opened;
    const isHere = (called: string): boolean => this.others?.of({ otherCluster: called })?.opened === opened;
    const { grantOf } = this.#options.policies;
    return new WatchedCluster({
      shared: this.#shared,
      connection,
      hub: isInHub ? { name: this.own.name, connection: this.#options.connection } : undefined,
      keptKeys,
      caches,
      collections: otherCollections,
      here: {
        name,
        isCalled: (cluster) => this.#isCalled(opened, cluster),
        isDestinationOf: isInHub ? deploysToHub : ({ otherCluster }) => otherCluster !== null && isHere(otherCluster),
      },
      grantOf: (project, cluster) => (only === null || only === project ? grantOf(project, cluster) : 'nothing'),
      prober: this.#proberOf(opened, signal),
      stores: notAskedStores,
      fleet: null,
      emit,
      onStatus: (after, before) => {
        this.#handleStatus(after, before);
      },
      signal,
    });
  }

  /** Its parts of ConfigMaps that are made of several clusters. */
  #createParts({ opened, caches, keptKeys, emit, signal }: Omit<OtherClusterParts, 'isInHub'>): FleetParts {
    const { name, project: only, connection } = opened;
    const { permits, metrics } = this.#shared;
    return new FleetParts({
      caches,
      keptKeys,
      here: { name, isCalled: (cluster) => this.#isCalled(opened, cluster), isDestinationOf: deploysToHub },
      // Which clusters the project may read is decided where they are looked up.
      grantOf: (project) =>
        only === null || only === project ? this.#options.policies.grantOf(project, null) : 'nothing',
      permits,
      prober: instrumentProber(this.#proberOf(opened, signal), metrics, noop),
      evidence: evidenceOf(connection, signal, { ...runTimeouts, allMs: null }),
      stores: notAskedStores,
      signal,
      onPart: (configMap, cause) => {
        this.own.enqueue([configMap], cause);
      },
      onBug: (error, configMap) => {
        emit('bug', { configMap, ...failure(error) });
      },
    });
  }

  /** Asks backends of another cluster, where the platform allows it. */
  #proberOf({ connection }: OpenedCluster, signal: AbortSignal): Prober {
    if (!this.#options.allowServiceProxy) return notAsked;
    const proxy = new HttpProber({ signal, through: { get: proxiedGet(connection), maxConcurrent: maxProxied } });
    return (request) => proxy.probe(request);
  }

  #isCalled(opened: OpenedCluster, cluster: string): boolean {
    const { name, server } = opened;
    return (
      deploysTo({ name: '', server: cluster }, [name, server]) ||
      this.others?.of({ otherCluster: cluster })?.opened === opened
    );
  }

  /** ConfigMaps of the hub that are made of another cluster, by `namespace/name`. */
  #madeElsewhere(): readonly string[] {
    return [...this.#options.caches.configMaps.values()].filter((one) => madeOf(one) !== null).map(keyOf);
  }

  /** What an Application calls the clusters that it reads: its destination, or what its ConfigMaps in the hub are made of. */
  #namesOf(application: ApplicationView): readonly string[] {
    const several = application.otherCluster === null ? application.configMaps.slice(0, maxListed) : [];
    return [
      ...new Set([...this.#neededBy(application), ...several.flatMap((one) => this.#fleets.namesOf(keyOf(one)))]),
    ];
  }

  /** Those without which it stays as it is: of several clusters each may be away. */
  #neededBy({ otherCluster, configMaps }: ApplicationView): readonly string[] {
    if (otherCluster !== null) return [otherCluster];
    const listed = configMaps.slice(0, maxListed).map((one) => this.#options.caches.configMaps.get(keyOf(one)));
    return [...new Set(listed.flatMap((one) => madeOf(one) ?? []))];
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
      links: linksOf(this.#options),
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
      isReadable: (application) =>
        this.#neededBy(application).every((otherCluster) => this.others?.of({ otherCluster })?.unread() === null),
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
    const made = (this.others?.open() ?? []).map(({ madeInHub }) => madeInHub);
    return [...this.clusters(), ...made].flatMap(({ configMaps }) =>
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
    if (collection === 'configMaps') this.#handleConfigMaps(keys);
    if (collection !== 'applications') return;
    this.others?.applicationsChanged(keys);
    for (const key of keys) {
      this.#controller.reconcile(key);
      if (this.#options.caches.applications.get(key) === undefined) this.#history.forget(key);
    }
  }

  /** Those that come, go or are made of another cluster than before may open or close one. */
  #handleConfigMaps(keys: readonly string[]): void {
    if (!this.others) return;
    const changed = new Set(keys);
    const listing = [...this.#options.caches.applications.values()].filter(({ configMaps }) =>
      configMaps.some((one) => changed.has(keyOf(one))),
    );
    this.others.applicationsChanged(listing.map(keyOf));
    this.others.hubConfigMapsChanged(keys);
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

/** What is asked by a name is not asked from here, where the name may be that of another Service. */
const notAskedStores = (): Promise<StoreAnswer> => Promise.resolve({ unlearned: 'Silent' });

function noop(): void {
  // What a part was told by is not shown.
}

/** The names of its Services lead nowhere in the hub, or to other Services. */
const notAsked: Prober = () => ({
  healthy: false,
  ...probeReason('ProxyRefused', { why: 'serve runs without --allow-service-proxy' }),
});

/** By any of its names: the destination and the settings may use different ones. */
function mayRead(
  { project }: ApplicationView,
  { name, server, project: only }: OpenedCluster,
  called: string,
  { grantOf }: Policies,
): boolean {
  const names = [name, server, called];
  return (only === null || only === project) && names.some((cluster) => grantOf(project, cluster) !== 'nothing');
}
