import { detectors } from '../../../detectors/index.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import type { PluginError } from '../../lib/errors.ts';
import { keptOf, namedKeys } from '../../discovery/kept-keys.ts';
import { startCaches } from '../cache/index.ts';
import type { CacheChange, CacheRestart, CollectionName } from '../cache/index.ts';
import type { Emit } from '../events.ts';
import { KeptKeysOfConfigMaps } from '../reconcile/kept-keys.ts';
import { managedConfigMapView } from '../reconcile/managed-config-map.ts';
import type { ManagedConfigMap, ServeCaches } from '../reconcile/managed-config-map.ts';
import type { ServeOptions } from '../serve-options.ts';
import type { FleetParts } from './fleet-parts.ts';
import { cachesForHub, sourceClusterOf } from './hub-config-maps.ts';
import type { OpenedCluster } from './open-cluster.ts';
import type { UnreadCluster, WatchedCluster } from './watched-cluster.ts';

export interface OtherClusterOptions extends Pick<ServeOptions, 'scope' | 'configMaps' | 'resyncMs'> {
  readonly opened: OpenedCluster;
  /** Caches of the cluster that Argo CD runs in, which holds the Applications. */
  readonly hub: ServeCaches;
  readonly create: (parts: OtherClusterParts) => WatchedCluster;
  readonly createParts: (parts: Omit<OtherClusterParts, 'isInHub'>) => FleetParts;
  /** Whether the name in a ConfigMap's settings or in an Application means this cluster. */
  readonly isCalled: (opened: OpenedCluster, cluster: string) => boolean;
  /** Whether a hub ConfigMap is built from this cluster among others. */
  readonly isPartOf: (opened: OpenedCluster, configMap: ManagedConfigMap) => boolean;
  readonly emit: Emit;
  readonly onRestart: (restart: CacheRestart, emit: Emit) => void;
  /** Called when the cluster is readable again, to check what was left alone. */
  readonly onReadable: () => void;
  /** Called when the cluster's access is gone or names another server: it has to be looked up again. */
  readonly onAccessLost: () => void;
}

/** The evaluated ConfigMaps: those in the cluster itself, and hub ConfigMaps that are built from it. */
export interface OtherClusterParts {
  readonly opened: OpenedCluster;
  readonly caches: ServeCaches;
  readonly isInHub: boolean;
  /** Each needs the keys that the other's settings name. */
  readonly keptKeys: KeptKeysOfConfigMaps;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Collections watched in a cluster other than Argo CD's own. */
export const otherCollections = [
  'services',
  'endpoints',
  'namespaces',
  'configMaps',
] as const satisfies readonly CollectionName[];

/** Failures of an open connection that only a new look-up can resolve. */
const lookupCodes: ReadonlySet<ErrorCode | undefined> = new Set(['CLUSTER_UNKNOWN', 'CLUSTER_ACCESS_INVALID']);

/** A cluster that hub Applications deploy to or read: watched through its own connection, and evaluated once listed. */
export class OtherCluster {
  readonly opened: OpenedCluster;
  readonly cluster: WatchedCluster;
  /** Its Services, with the hub ConfigMaps that are built from it alone. */
  readonly forHub: WatchedCluster;
  /** Its Services, with the hub ConfigMaps that are built from it among others. */
  readonly fleetParts: FleetParts;
  readonly #options: OtherClusterOptions;
  readonly #caches: ServeCaches;
  readonly #emit: Emit;
  readonly #ended = new AbortController();
  readonly #applicationListeners: ((change: CacheChange) => void)[] = [];
  readonly #hubListeners: ((change: CacheChange) => void)[] = [];
  #isStarted = false;
  #wasReadable = false;
  /** The last reported value. */
  #isReadable: boolean | null = null;

  constructor(options: OtherClusterOptions) {
    const { opened, create, createParts, isCalled, isPartOf, emit } = options;
    this.#options = options;
    this.opened = opened;
    this.#emit = (event, fields) => {
      emit(event, { cluster: opened.name, ...fields });
    };
    this.#caches = this.#startCaches();
    const here = this.#withApplications();
    const forHub = this.#cachesForHub((configMap) => {
      const cluster = sourceClusterOf(configMap);
      return cluster !== null && isCalled(opened, cluster);
    });
    const several = this.#cachesForHub((configMap) => isPartOf(opened, configMap));
    const configMaps = { values: () => [here, forHub, several].flatMap((one) => [...one.configMaps.values()]) };
    const keptKeys = new KeptKeysOfConfigMaps({ configMaps, keep: here.keep });
    const parts = { opened, keptKeys, emit: this.#emit, signal: this.#ended.signal };
    this.cluster = create({ ...parts, caches: here, isInHub: false });
    this.forHub = create({ ...parts, caches: forHub, isInHub: true });
    this.fleetParts = createParts({ ...parts, caches: several });
  }

  /** Why the cluster cannot be read or has not been listed yet; `null` if its known state is current. */
  unread(): UnreadCluster | null {
    return this.cluster.unread();
  }

  /** Hub Applications have changed, or which of them deploy to this cluster. */
  applicationsChanged(keys: readonly string[]): void {
    for (const listener of [...this.#applicationListeners, ...this.#hubListeners])
      listener({ collection: 'applications', keys });
  }

  /** Hub ConfigMaps have changed. */
  hubConfigMapsChanged(keys: readonly string[]): void {
    for (const listener of this.#hubListeners) listener({ collection: 'configMaps', keys });
  }

  /** Which projects may read the cluster may have changed. */
  policyChanged(): void {
    this.cluster.policyChanged();
    this.forHub.policyChanged();
    this.fleetParts.policyChanged();
  }

  /** Ends all watches of the cluster and forgets it. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.cluster.close();
    this.forHub.close();
    await this.#caches.done;
    this.#options.opened.connection.close();
  }

  #startCaches(): ServeCaches {
    const { opened, scope, configMaps, resyncMs, onRestart } = this.#options;
    return startCaches({
      connection: opened.connection,
      scope,
      configMaps,
      applications: [],
      resyncMs,
      signal: this.#ended.signal,
      kept: keptOf(detectors, namedKeys([])),
      configMapView: managedConfigMapView,
      applicationView: (): ApplicationView | null => null,
      onRestart: (restart) => {
        onRestart(restart, this.#emit);
        this.#handleError(restart.error);
      },
      onHealth: () => {
        this.#handleHealth();
      },
    });
  }

  #cachesForHub(isBuiltFromIt: (configMap: ManagedConfigMap) => boolean): ServeCaches {
    return cachesForHub(this.#options.hub, this.#caches, isBuiltFromIt, (listener) => {
      this.#hubListeners.push(listener);
    });
  }

  /** The cluster's caches, with the Applications of the hub. */
  #withApplications(): ServeCaches {
    const { hub } = this.#options;
    const caches = this.#caches;
    const sourceOf = (collection: CollectionName): ServeCaches => (collection === 'applications' ? hub : caches);
    return {
      ...caches,
      applications: hub.applications,
      unlisted: (collection) => sourceOf(collection).unlisted(collection),
      health: (collection) => sourceOf(collection).health(collection),
      permittedHealth: (collection) => sourceOf(collection).permittedHealth(collection),
      isCurrent: (collection, namespace) => sourceOf(collection).isCurrent(collection, namespace),
      onChange: (listener) => {
        caches.onChange(listener);
        this.#applicationListeners.push(listener);
      },
    };
  }

  #handleHealth(): void {
    if (this.#ended.signal.aborted) return;
    this.cluster.healthChanged();
    const reason = this.unread();
    if (!this.#isStarted && this.#caches.isSynced()) {
      this.#isStarted = true;
      this.cluster.start();
      this.forHub.start();
      this.fleetParts.start();
    }
    const { services, configMaps } = this.#caches;
    const isReadable = reason === null;
    if (isReadable === this.#isReadable) return;
    // A pending first list is not a failure; only a reported error is.
    if (!isReadable && !this.#hasFailed()) return;
    this.#isReadable = isReadable;
    if (reason === null) {
      this.#wasReadable = true;
      this.#emit('cluster-readable', { services: services.size, configMaps: configMaps.size });
      this.#options.onReadable();
    } else this.#emit('cluster-unreadable', { message: reason.message });
  }

  /** Only for a cluster that could be read before: if its access never worked, a new look-up finds the same. */
  #handleError(error: PluginError | null): void {
    const { onAccessLost } = this.#options;
    if (this.#ended.signal.aborted || !this.#wasReadable || !lookupCodes.has(error?.code)) return;
    this.#wasReadable = false;
    onAccessLost();
  }

  #hasFailed(): boolean {
    return otherCollections.some((collection) => this.#caches.health(collection).lastError !== null);
  }
}
