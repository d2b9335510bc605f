import type { ServiceView } from '../../detectors/types.ts';
import type { Connection } from '../cluster/connection.ts';
import type { EndpointsView, NamespaceView, Scope } from '../cluster/state.ts';
import type { Clock } from './clock.ts';
import type { ReflectorHealth, Restart } from './reflector-health.ts';
import type { Store } from './store.ts';

/** A ConfigMap that this program generated. Its data is not kept: what it says of itself stands in its annotations. */
export interface ManagedConfigMap {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export const collectionNames = ['services', 'endpoints', 'namespaces', 'configMaps', 'applications'] as const;
export type CollectionName = (typeof collectionNames)[number];

/** What changed; of `endpoints` the keys are those of the Services. */
export interface CacheChange {
  readonly collection: CollectionName;
  readonly keys: readonly string[];
}

/** A restart, and of what. `namespace` is `null` where the whole cluster is watched at once. */
export interface CacheRestart extends Restart {
  readonly collection: CollectionName;
  readonly namespace: string | null;
}

export interface CacheOptions<Application> {
  readonly connection: Connection;
  /** Where Services, EndpointSlices and managed ConfigMaps are watched. Namespaces are only with the whole cluster. */
  readonly scope: Scope;
  /** Where Applications are watched. */
  readonly applications: Scope;
  /** Keeps what is needed of an Application; `null` for one that is not ours. */
  readonly applicationView: (object: unknown) => Application | null;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Between two safety resyncs, on average. */
  readonly resyncMs?: number;
  readonly clock?: Clock;
  readonly onRestart?: (restart: CacheRestart) => void;
}

/** What `serve` knows of the cluster, kept up to date by watches. */
export interface Caches<Application> {
  readonly scope: Scope;
  readonly services: Store<ServiceView>;
  /** All EndpointSlices of a Service as one; `undefined` where it has none. The same object until something changes. */
  readonly endpointsOf: (service: string) => EndpointsView | undefined;
  readonly namespaces: Store<NamespaceView>;
  readonly configMaps: Store<ManagedConfigMap>;
  readonly applications: Store<Application>;
  /** Every collection was listed whole. */
  readonly isSynced: () => boolean;
  /** Of one collection in all of its namespaces; the worst of each counts, restarts add up. */
  readonly health: (collection: CollectionName) => ReflectorHealth;
  readonly onChange: (listener: (change: CacheChange) => void) => void;
  /** Settles once everything has ended after the signal. Never rejects. */
  readonly done: Promise<void>;
}

/** Starts to list and watch at once; `onChange` and `isSynced` tell how far it is. */
export type StartCaches = <Application>(options: CacheOptions<Application>) => Caches<Application>;
