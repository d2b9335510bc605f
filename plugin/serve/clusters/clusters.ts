import type { ApplicationView } from '../../argocd/application.ts';
import { HttpProber } from '../../cluster/probe/http-prober.ts';
import { StoreProber } from '../../cluster/stores/store-prober.ts';
import { isOwnCluster } from '../../lib/cluster-name.ts';
import { keyOf } from '../../lib/object-key.ts';
import { collectionNames } from '../cache/index.ts';
import type { Emit, EventName } from '../events.ts';
import type { ShownCluster } from '../http/state/shown-cluster.ts';
import type { ClusterReading } from '../metrics/gauges.ts';
import type { Policies } from '../policies.ts';
import { hubIdentity } from '../reconcile/evaluation/inputs.ts';
import type { ServeCaches } from '../reconcile/managed-config-map.ts';
import type { ConfigMapStatus } from '../reconcile/status.ts';
import type { ServeOptions } from '../serve-options.ts';
import { Fleets } from './fleets.ts';
import { sourceClusterOf } from './hub-config-maps.ts';
import { NeededClusters } from './needed-clusters.ts';
import { isOpenTo } from './open-cluster.ts';
import type { OpenCluster, OpenedCluster } from './open-cluster.ts';
import { OtherCluster } from './other-cluster.ts';
import { shownClusters } from './shown-clusters.ts';
import { WatchedCluster } from './watched-cluster.ts';
import type { SharedParts } from './watched-cluster.ts';
import { OtherClusters } from './other-clusters.ts';

/** Interval for looking up the clusters that a multi-cluster ConfigMap is built from. */
const membersMs = 60_000;
/** Events after which a cluster is open or no longer open. */
const lookedUp: ReadonlySet<EventName> = new Set(['cluster-opened', 'cluster-closed', 'cluster-failed']);

export interface ClustersOptions extends ServeOptions {
  /** Caches of the cluster that Argo CD runs in, with its Applications. */
  readonly caches: ServeCaches;
  readonly policies: Policies;
  readonly shared: SharedParts;
  readonly onStatus: (after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined) => void;
  /** Called with `namespace/name` of an Application when one of its clusters is readable again. */
  readonly onReadable: (application: string) => void;
  /** Aborted after `signal`: until then the API gets an up-to-date status of ConfigMaps. */
  readonly ended: AbortSignal;
}

/** All watched clusters, and which of them each Application or ConfigMap reads. */
export class Clusters {
  /** The cluster that Argo CD runs in. */
  readonly own: WatchedCluster;
  /** `null` if only Argo CD's own cluster is watched. */
  readonly #others: OtherClusters | null;
  readonly #options: ClustersOptions;
  readonly #needed: NeededClusters;
  readonly #fleets = new Fleets({
    others: () => this.#others,
    onMembers: (configMap) => {
      this.configMapsChanged([configMap]);
    },
  });

  constructor(options: ClustersOptions) {
    this.#options = options;
    this.#needed = new NeededClusters(options.caches, this.#fleets);
    this.own = this.#createOwn();
    this.#others = options.openCluster && this.#createOthers(options.openCluster);
  }

  /**
   * Opens the clusters that Applications read, and evaluates the ConfigMaps. Called once everything has been listed.
   */
  start(): void {
    this.applicationsChanged([...this.#options.caches.applications.values()].map(keyOf));
    this.own.start();
  }

  /** Settles when every other cluster is closed, after `ended`. */
  async closed(): Promise<void> {
    await this.#others?.done();
  }

  /** All open clusters, Argo CD's own one first. */
  all(): readonly WatchedCluster[] {
    return [this.own, ...(this.#others?.open() ?? []).map(({ cluster }) => cluster)];
  }

  /** Number of other clusters that Applications read and that are not open. */
  unopened(): number {
    const others = this.#others;
    return others ? others.leftOut + others.states().filter(({ other }) => !other).length : 0;
  }

  applicationsChanged(keys: readonly string[]): void {
    this.#others?.applicationsChanged(keys);
  }

  policyChanged(): void {
    this.own.policyChanged();
    this.#others?.policyChanged();
  }

  /** Whether every cluster that the Application cannot do without is readable. */
  areReadable(application: ApplicationView): boolean {
    return this.#needed
      .requiredBy(application)
      .every((otherCluster) => this.#others?.of({ otherCluster })?.unread() === null);
  }

  /** All clusters as the API shows them, including unopened ones: Argo CD's own first, then by name. */
  shown(): readonly ShownCluster[] {
    return shownClusters(this.own, this.#options.connection.server.host, this.#others);
  }

  readings(): readonly ClusterReading[] {
    const builtForHub = (this.#others?.open() ?? []).flatMap(({ forHub }) => [...forHub.configMaps]);
    return this.all().map((cluster) => ({
      name: cluster.name,
      isReadable: cluster.unread() === null,
      caches: cluster.caches,
      collections: cluster.collections,
      configMaps: cluster === this.own ? new Map([...cluster.configMaps, ...builtForHub]) : cluster.configMaps,
    }));
  }

  /** The open cluster of this name; `null` if it is not open. The name `null` stands for Argo CD's own cluster. */
  of(otherCluster: string | null): WatchedCluster | null {
    return otherCluster === null ? this.own : (this.#others?.of({ otherCluster })?.cluster ?? null);
  }

  /** ConfigMaps of an Application in all clusters, given its `namespace/name`. */
  configMapsOf(application: string): readonly ConfigMapStatus[] {
    const builtForHub = (this.#others?.open() ?? []).map(({ forHub }) => forHub);
    return [...this.all(), ...builtForHub].flatMap(({ configMaps }) =>
      [...configMaps.values()].filter((one) => one.application === application),
    );
  }

  /** Added and removed ConfigMaps, and those built from another cluster than before, may open or close a cluster. */
  configMapsChanged(keys: readonly string[]): void {
    if (!this.#others) return;
    const changed = new Set(keys);
    const listing = [...this.#options.caches.applications.values()].filter(({ configMaps }) =>
      configMaps.some((one) => changed.has(keyOf(one))),
    );
    this.#others.applicationsChanged(listing.map(keyOf));
    this.#others.hubConfigMapsChanged(keys);
  }

  #createOwn(): WatchedCluster {
    const { connection, caches, emit, ended, readMembers, resyncMs } = this.#options;
    const [prober, stores] = [new HttpProber({ signal: ended }), new StoreProber({ signal: ended })];
    return new WatchedCluster({
      shared: this.#options.shared,
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
      isElsewhere: (configMap) => this.#others?.isExpected(sourceClusterOf(configMap) ?? '') ?? false,
      membersOf: (configMap) => this.#membersOf(configMap),
      emit,
      onStatus: this.#options.onStatus,
      signal: ended,
    });
  }

  /** The clusters that a multi-cluster ConfigMap is built from, as named by `shown`. */
  #membersOf(configMap: string): readonly string[] {
    const shownAs = (called: string): string =>
      isOwnCluster(called) ? this.own.name : (this.#others?.of({ otherCluster: called })?.opened.name ?? called);
    return [...new Set(this.#fleets.allOf(configMap).map(shownAs))];
  }

  #createOthers(open: OpenCluster): OtherClusters {
    const { caches, policies, ended } = this.#options;
    return new OtherClusters({
      applications: caches.applications,
      open,
      // By any of its names: the destination and the settings may use different ones.
      mayRead: ({ project }, opened, called) =>
        isOpenTo(opened, project) &&
        [opened.name, opened.server, called].some((name) => policies.grantOf(project, name) !== 'nothing'),
      namesOf: (application) => this.#needed.namesOf(application),
      watch: (opened) => this.#watch(opened),
      onNamed: (configMaps) => {
        this.own.enqueue(configMaps);
      },
      emit: this.#emitOfOther,
      signal: ended,
    });
  }

  #watch(opened: OpenedCluster): OtherCluster {
    const { caches, connection, policies } = this.#options;
    const other = new OtherCluster({
      ...this.#options,
      opened,
      hub: { name: this.own.name, connection, caches },
      grantOf: policies.grantOf,
      isOpened: (called) => this.#others?.of({ otherCluster: called })?.opened === opened,
      membersOf: (configMap) => this.#fleets.namesOf(configMap),
      emit: this.#emitOfOther,
      onPart: (configMap, cause) => {
        this.own.enqueue([configMap], cause);
      },
      onAccessLost: () => {
        this.#others?.reopen(other);
      },
      onReadable: () => {
        for (const application of caches.applications.values())
          if (this.#needed.requiredBy(application).some((otherCluster) => this.#others?.of({ otherCluster }) === other))
            this.#options.onReadable(keyOf(application));
      },
    });
    other.cluster.changes.onChange((changed) => {
      this.own.changes.relay(changed);
    });
    return other;
  }

  /** Emits an event of another cluster; the page is updated on those about its state. */
  readonly #emitOfOther: Emit = (event, fields) => {
    this.#options.emit(event, fields);
    if (event.startsWith('cluster')) this.own.changes.clustersChanged();
    // ConfigMaps built from it are reported by its own evaluation, or by the hub's if it cannot be opened.
    if (lookedUp.has(event)) this.own.enqueue(this.#needed.builtFromOthers());
    if (event.startsWith('cluster')) this.own.enqueue(this.#fleets.configMaps());
  };
}
