import type { ApplicationView } from '../../argocd/application.ts';
import { evidenceOf, runTimeouts } from '../../cluster/http/evidence.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { Prober } from '../../cluster/probe/probe.ts';
import type { StoreAnswer, StoreQuestion } from '../../cluster/stores/question.ts';
import { systemClock } from '../../lib/clock.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import type { Reason } from '../../lib/messages/reason.ts';
import type { CacheChange, CollectionName } from '../cache/index.ts';
import type { Emit } from '../events.ts';
import { ChangeFeed } from '../http/state/change-feed.ts';
import { ConfigMapHistory } from '../http/state/config-map-history.ts';
import type { RequestHistory } from '../http/state/request-history.ts';
import type { Links } from '../http/state/links.ts';
import { createReadModel } from '../http/state/read-model.ts';
import type { ReadModel } from '../http/state/read-model.ts';
import { ServiceHistory } from '../http/state/service-history.ts';
import { instrumentProber } from '../metrics/discovery-metrics.ts';
import type { Discoveries, DiscoveryRecorder } from '../metrics/discovery-metrics.ts';
import type { DriftRecorder, Drifts } from '../metrics/drift.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Policies } from '../policies.ts';
import { unreadReason } from '../reasons.ts';
import type { UnreadReason } from '../reasons.ts';
import type { ServeCaches } from '../reconcile/managed-config-map.ts';
import type { ClusterIdentity } from '../reconcile/evaluation/inputs.ts';
import { Reconciler } from '../reconcile/reconciler.ts';
import type { FleetOptions, ReconcilerOptions } from '../reconcile/reconciler.ts';
import type { Cause, ConfigMapStatus } from '../reconcile/status.ts';
import { failure, reportOversize, reportStatus } from '../telemetry.ts';

/** Parts that all clusters of a process share. */
export interface SharedParts {
  readonly permits: (application: ApplicationView) => Promise<boolean>;
  readonly metrics: Metrics;
  readonly discoveries: DiscoveryRecorder;
  readonly drifts: DriftRecorder;
  /** History of requests to Argo CD, by Application. */
  readonly requestHistory: RequestHistory;
  readonly links: Links;
}

/** Why the current state of a watched cluster is not known. */
export interface UnreadCluster extends Reason<UnreadReason> {
  /** `null` if nothing has failed and it is still being awaited. */
  readonly code: ErrorCode | null;
}

export interface WatchedClusterOptions {
  readonly shared: SharedParts;
  readonly connection: Connection;
  /** The hub, if the ConfigMaps are there: their drift is detected in the hub. */
  readonly hub?: { readonly name: string; readonly connection: Connection } | undefined;
  readonly keptKeys?: ReconcilerOptions['keptKeys'];
  readonly isElsewhere?: ReconcilerOptions['isElsewhere'];
  readonly caches: ServeCaches;
  /** The watched collections. */
  readonly collections: readonly CollectionName[];
  readonly here: ClusterIdentity;
  readonly grantOf: Policies['grantOf'];
  readonly prober: Prober;
  readonly stores: ((question: StoreQuestion) => Promise<StoreAnswer>) | null;
  readonly fleet: FleetOptions | null;
  /** Hub only: its ConfigMaps can be built from other clusters. */
  readonly membersOf?: ReadModel['membersOf'];
  readonly emit: Emit;
  /** Called after each evaluation, once everything about this cluster has been reported. */
  readonly onStatus: (after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined) => void;
  /** Until it aborts, the status of ConfigMaps is kept up to date for the API. */
  readonly signal: AbortSignal;
}

/** One cluster: its caches, the evaluation of its ConfigMaps, and what the API shows of both. */
export class WatchedCluster {
  readonly caches: ServeCaches;
  readonly changes: ChangeFeed;
  readonly #options: WatchedClusterOptions;
  readonly #reconciler: Reconciler;
  readonly #serviceHistory = new ServiceHistory(systemClock);
  readonly #configMapHistory = new ConfigMapHistory(systemClock);
  readonly #discoveries: Discoveries;
  readonly #drifts: Drifts;
  readonly #oversize = new Set<string>();
  #readModel: ReadModel | null = null;
  #isRead = false;
  #since = systemClock.epochMs();

  constructor(options: WatchedClusterOptions) {
    const { shared, caches, signal } = options;
    this.#options = options;
    this.caches = caches;
    this.changes = new ChangeFeed(signal);
    caches.onChange((change) => {
      this.changes.cacheChanged(change);
    });
    this.#discoveries = shared.discoveries.open();
    this.#drifts = shared.drifts.open(options.here.name);
    this.#reconciler = this.#createReconciler();
  }

  /** The name given where the cluster's access is defined. */
  get name(): string {
    return this.#options.here.name;
  }

  /** The watched collections. */
  get collections(): readonly CollectionName[] {
    return this.#options.collections;
  }

  /** Keyed by `namespace/name`; empty before `start`. */
  get configMaps(): ReadonlyMap<string, ConfigMapStatus> {
    return this.#reconciler.configMaps;
  }

  /** `null` until every ConfigMap has been evaluated once. */
  get readModel(): ReadModel | null {
    return this.#readModel;
  }

  /** Whether the watch for these ConfigMaps is open. */
  isCurrent(configMaps: readonly { readonly namespace: string }[]): boolean {
    return configMaps.every(({ namespace }) => this.caches.isCurrent('configMaps', namespace));
  }

  /**
   * Why the current state of the cluster is not known; `null` if it is. A namespace that may not be read is the problem
   * of the ConfigMaps that need it.
   */
  unread(): UnreadCluster | null {
    const unread = this.#options.collections
      .map((collection) => ({ collection, ...this.caches.permittedHealth(collection) }))
      .filter(({ synced, watching, lastError }) => !synced || (!watching && lastError !== null));
    // A reflector that reports an error tells more than one that is waiting.
    const first = unread.find(({ lastError }) => lastError !== null) ?? unread[0];
    if (!first) return null;
    const { collection, synced, lastError, lastCode: code } = first;
    const error = lastError === null ? '' : `: ${lastError}`;
    return { ...unreadReason(synced ? 'NotWatched' : 'NotListed', { collection, error }), code };
  }

  /** When it became readable or unreadable, in milliseconds since the epoch, as of the last `healthChanged`. */
  get since(): number {
    return this.#since;
  }

  /** The caches may have become current or stale. */
  healthChanged(): void {
    const isRead = this.unread() === null;
    if (isRead === this.#isRead) return;
    this.#isRead = isRead;
    this.#since = systemClock.epochMs();
  }

  /** Evaluates every ConfigMap, and again after any change. Called once, when everything has been listed. */
  start(): void {
    const { caches, hub } = this.#options;
    if (!hub) {
      this.#drifts.observe([...caches.configMaps.values()].map(keyOf), this.#observed());
      this.#reportOversize([...caches.services.values()].map(keyOf));
    }
    this.#reconciler.start();
    caches.onChange((change) => {
      this.#handleChange(change);
    });
    void this.#reconciler.enqueueAndWait([]).then(() => {
      this.#readModel = this.#createReadModel();
    });
  }

  /** Removes the cluster from metrics. Called after its signal. */
  close(): void {
    this.#discoveries.close();
    this.#drifts.close();
  }

  /** Re-evaluates these ConfigMaps, since an input, or where they are evaluated, may have changed. */
  enqueue(keys: readonly string[], cause?: Cause): void {
    this.#reconciler.enqueue(keys, cause);
  }

  policyChanged(): void {
    this.#reconciler.policyChanged();
  }

  #createReadModel(): ReadModel {
    const { shared, caches, connection, membersOf, signal } = this.#options;
    const { hub = { name: this.name, connection } } = this.#options;
    return createReadModel({
      cluster: hub.name,
      connection: hub.connection,
      membersOf,
      caches,
      reconciler: this.#reconciler,
      requestHistory: shared.requestHistory,
      links: shared.links,
      serviceHistory: this.#serviceHistory,
      configMapHistory: this.#configMapHistory,
      changes: this.changes,
      clock: systemClock,
      signal,
    });
  }

  #createReconciler(): Reconciler {
    const { shared, caches, connection, here, grantOf, prober, stores, fleet, emit, signal } = this.#options;
    const { keptKeys, isElsewhere } = this.#options;
    return new Reconciler({
      caches,
      keptKeys,
      isElsewhere,
      here,
      grantOf,
      permits: shared.permits,
      signal,
      evidence: evidenceOf(connection, signal, { ...runTimeouts, allMs: null }),
      stores,
      fleet,
      prober: instrumentProber(prober, shared.metrics, (request, result) => {
        this.#serviceHistory.recordCheck(request, result);
      }),
      onDiscovery: (configMap, discovery, seconds) => {
        this.#discoveries.record(configMap, discovery, seconds);
        this.#serviceHistory.recordDiscovery(configMap, discovery);
        this.#configMapHistory.recordDiscovery(configMap, discovery);
      },
      onStatus: (after, before) => {
        this.#handleStatus(after, before);
      },
      onBug: (error, configMap) => {
        emit('bug', { configMap, ...failure(error) });
      },
    });
  }

  #handleStatus(after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined): void {
    const { shared, emit, onStatus } = this.#options;
    reportStatus(after, before, { emit, metrics: shared.metrics, clock: systemClock });
    if (before && !after) {
      this.#discoveries.forget(keyOf(before));
      this.#serviceHistory.forget(keyOf(before));
    }
    this.#configMapHistory.recordStatus(after, before);
    this.changes.statusChanged(after, before);
    onStatus(after, before);
  }

  #handleChange({ collection, keys }: CacheChange): void {
    if (this.#options.hub) return;
    if (collection === 'configMaps') this.#drifts.observe(keys, this.#observed());
    if (collection === 'services') this.#reportOversize(keys);
    if (collection === 'applications') this.#drifts.forget(this.#observed());
  }

  #observed(): Parameters<Drifts['forget']>[0] {
    const { applications, configMaps } = this.caches;
    const { isDestinationOf } = this.#options.here;
    return { configMaps, applications: { values: () => [...applications.values()].filter(isDestinationOf) } };
  }

  #reportOversize(keys: readonly string[]): void {
    reportOversize(keys, this.caches.services, this.#oversize, this.#options.emit);
  }
}
