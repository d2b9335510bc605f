import { detectors } from '../../../detectors/index.ts';
import { deploysToHub } from '../../argocd/application.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import { deploysTo } from '../../argocd/destination.ts';
import { evidenceOf, runTimeouts } from '../../cluster/http/evidence.ts';
import { HttpProber } from '../../cluster/probe/http-prober.ts';
import { probeReason } from '../../cluster/probe/probe-reasons.ts';
import type { Prober } from '../../cluster/probe/probe.ts';
import { maxProxied, proxiedGet } from '../../cluster/probe/proxied-get.ts';
import { keptOf, namedKeys } from '../../discovery/kept-keys.ts';
import { keyOf } from '../../lib/object-key.ts';
import { startCaches } from '../cache/index.ts';
import type { CollectionName } from '../cache/index.ts';
import type { Emit } from '../events.ts';
import { instrumentProber } from '../metrics/discovery-metrics.ts';
import type { ClusterIdentity } from '../reconcile/evaluation/inputs.ts';
import { KeptKeysOfConfigMaps } from '../reconcile/kept-keys.ts';
import { managedConfigMapView } from '../reconcile/managed-config-map.ts';
import type { ManagedConfigMap, ServeCaches } from '../reconcile/managed-config-map.ts';
import type { ServeOptions } from '../serve-options.ts';
import { failure, reportRestart } from '../telemetry.ts';
import { FleetParts } from './fleet-parts.ts';
import type { FleetPartsOptions } from './fleet-parts.ts';
import { cachesForHub, HubChanges, sourceClusterOf, withHub } from './hub-config-maps.ts';
import { isOpenTo } from './open-cluster.ts';
import type { OpenedCluster } from './open-cluster.ts';
import { Readability } from './readability.ts';
import type { ReadabilityOptions } from './readability.ts';
import { WatchedCluster } from './watched-cluster.ts';
import type { UnreadCluster, WatchedClusterOptions } from './watched-cluster.ts';

export interface OtherClusterOptions
  extends
    Pick<ServeOptions, 'scope' | 'configMaps' | 'resyncMs' | 'allowServiceProxy' | 'emit'>,
    Pick<WatchedClusterOptions, 'shared' | 'grantOf' | 'onStatus'>,
    Pick<ReadabilityOptions, 'onReadable' | 'onAccessLost'>,
    Pick<FleetPartsOptions, 'onPart'> {
  readonly opened: OpenedCluster;
  /** The cluster that Argo CD runs in, which holds the Applications. */
  readonly hub: NonNullable<WatchedClusterOptions['hub']> & { readonly caches: ServeCaches };
  /** Whether a destination with this name or URL is read through this cluster's connection. */
  readonly isOpened: (called: string) => boolean;
  /** The clusters that a multi-cluster ConfigMap of the hub is built from, as its settings call them. */
  readonly membersOf: (configMap: string) => readonly string[];
}

/** Collections watched in a cluster other than Argo CD's own. */
export const otherCollections = [
  'services',
  'endpoints',
  'namespaces',
  'configMaps',
] as const satisfies readonly CollectionName[];

/** From the hub, its Service names lead nowhere, or to other Services. */
const notAsked: Prober = () => ({
  healthy: false,
  ...probeReason('ProxyRefused', { why: 'serve runs without --allow-service-proxy' }),
});

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
  readonly #hubChanges = new HubChanges();
  /** Of all evaluations: the cluster's API server has one limit of concurrent probes. */
  readonly #prober: Prober;
  readonly #readability: Readability;
  #isStarted = false;

  constructor(options: OtherClusterOptions) {
    const { opened, hub, isOpened, membersOf, emit } = options;
    this.#options = options;
    this.opened = opened;
    this.#emit = (event, fields) => {
      emit(event, { cluster: opened.name, ...fields });
    };
    this.#readability = new Readability({ ...options, emit: this.#emit });
    this.#prober = this.#createProber();
    this.#caches = this.#startCaches();
    const here = withHub(hub.caches, this.#caches, ['applications'], this.#hubChanges);
    const forHub = this.#cachesForHub((configMap) => {
      const cluster = sourceClusterOf(configMap);
      return cluster !== null && this.#isCalled(cluster);
    });
    const several = this.#cachesForHub((configMap) =>
      membersOf(keyOf(configMap)).some((cluster) => this.#isCalled(cluster)),
    );
    // Each needs the keys that the settings of all name.
    const configMaps = { values: () => [here, forHub, several].flatMap((one) => [...one.configMaps.values()]) };
    const keptKeys = new KeptKeysOfConfigMaps({ configMaps, keep: here.keep });
    this.cluster = this.#watch({
      caches: here,
      keptKeys,
      isDestinationOf: ({ otherCluster }) => otherCluster !== null && isOpened(otherCluster),
    });
    this.forHub = this.#watch({ caches: forHub, keptKeys, isDestinationOf: deploysToHub, hub });
    this.fleetParts = this.#createFleetParts(several, keptKeys);
  }

  /** Why the cluster cannot be read or has not been listed yet; `null` if its known state is current. */
  unread(): UnreadCluster | null {
    return this.cluster.unread();
  }

  /** Hub Applications have changed, or which of them deploy to this cluster. */
  applicationsChanged(keys: readonly string[]): void {
    this.#hubChanges.notify({ collection: 'applications', keys });
  }

  /** Hub ConfigMaps have changed. */
  hubConfigMapsChanged(keys: readonly string[]): void {
    this.#hubChanges.notify({ collection: 'configMaps', keys });
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
    const { opened, scope, configMaps, resyncMs, shared } = this.#options;
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
        reportRestart(restart, this.#emit, shared.metrics);
        if (!this.#ended.signal.aborted) this.#readability.failed(restart.error);
      },
      onHealth: () => {
        this.#handleHealth();
      },
    });
  }

  /** Evaluates the ConfigMaps of these caches. `hub` if they are there. */
  #watch({
    isDestinationOf,
    ...parts
  }: Pick<ClusterIdentity, 'isDestinationOf'> &
    Pick<WatchedClusterOptions, 'caches' | 'keptKeys' | 'hub'>): WatchedCluster {
    const { opened, grantOf, shared, onStatus } = this.#options;
    return new WatchedCluster({
      ...parts,
      shared,
      connection: opened.connection,
      collections: otherCollections,
      here: this.#identity(isDestinationOf),
      grantOf: (project, cluster) => (isOpenTo(opened, project) ? grantOf(project, cluster) : 'nothing'),
      prober: this.#prober,
      // Stores are asked by Service name, which in the hub may be another Service's.
      stores: null,
      fleet: null,
      emit: this.#emit,
      onStatus,
      signal: this.#ended.signal,
    });
  }

  /** Evaluates the cluster's parts of multi-cluster ConfigMaps. */
  #createFleetParts(caches: ServeCaches, keptKeys: KeptKeysOfConfigMaps): FleetParts {
    const { opened, grantOf, shared, hub, onPart } = this.#options;
    const { signal } = this.#ended;
    return new FleetParts({
      hub: hub.name,
      caches,
      keptKeys,
      here: this.#identity(deploysToHub),
      // Which clusters the project may read is decided at look-up.
      grantOf: (project) => (isOpenTo(opened, project) ? grantOf(project, null) : 'nothing'),
      permits: shared.permits,
      // Which settings a part came from is not shown.
      prober: instrumentProber(this.#prober, shared.metrics, () => undefined),
      evidence: evidenceOf(opened.connection, signal, { ...runTimeouts, allMs: null }),
      stores: null,
      signal,
      onPart,
      onBug: (error, configMap) => {
        this.#emit('bug', { configMap, ...failure(error) });
      },
    });
  }

  #identity(isDestinationOf: ClusterIdentity['isDestinationOf']): ClusterIdentity {
    return { name: this.opened.name, isCalled: (cluster) => this.#isCalled(cluster), isDestinationOf };
  }

  /** Whether this name or URL means the cluster. */
  #isCalled(cluster: string): boolean {
    const { name, server } = this.opened;
    return deploysTo({ name: '', server: cluster }, [name, server]) || this.#options.isOpened(cluster);
  }

  /** Probes backends through the cluster's API server, if the platform allows it. */
  #createProber(): Prober {
    if (!this.#options.allowServiceProxy) return notAsked;
    const through = { get: proxiedGet(this.opened.connection), maxConcurrent: maxProxied };
    const proxy = new HttpProber({ signal: this.#ended.signal, through });
    return (request) => proxy.probe(request);
  }

  #cachesForHub(isBuiltFromIt: (configMap: ManagedConfigMap) => boolean): ServeCaches {
    return cachesForHub(this.#options.hub.caches, this.#caches, isBuiltFromIt, this.#hubChanges);
  }

  #handleHealth(): void {
    if (this.#ended.signal.aborted) return;
    this.cluster.healthChanged();
    const unread = this.unread();
    if (!this.#isStarted && this.#caches.isSynced()) {
      this.#isStarted = true;
      this.cluster.start();
      this.forHub.start();
      this.fleetParts.start();
    }
    const { services, configMaps } = this.#caches;
    this.#readability.changed({
      unread,
      hasFailed: otherCollections.some((collection) => this.#caches.health(collection).lastError !== null),
      counts: { services: services.size, configMaps: configMaps.size },
    });
  }
}
