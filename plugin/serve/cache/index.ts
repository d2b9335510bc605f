import type { ServiceView } from '../../../detectors/types.ts';
import type { Connection } from '../../cluster/http/connection.ts';
import type { EndpointsView, NamespaceView, NamespaceScope } from '../../cluster/types.ts';
import type { MetadataView } from '../../cluster/projections.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Kind } from './resources.ts';
import * as kinds from './resources.ts';
import { collectionsOf } from './resources.ts';
import type { ManagedFields } from './managed-fields.ts';
import { worstOf } from './reflector-health.ts';
import type { ReflectorHealth, Restart } from './reflector-health.ts';
import { reflect } from './reflector.ts';
import type { Reflector } from './reflector.ts';
import type { Store, WritableStore } from './store.ts';
import { createStores } from './stores.ts';

/** A ConfigMap that this program generated. Its data is not kept: what it says of itself stands in its annotations. */
export interface ManagedConfigMap extends MetadataView {
  /** Who wrote it; not there where the API server does not tell. */
  readonly ownership?: ManagedFields | null;
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
  /** Where Services and EndpointSlices are watched. Namespaces are only with the whole cluster. */
  readonly scope: NamespaceScope;
  /** Where managed ConfigMaps are watched: where Services are, unless given. */
  readonly configMaps?: NamespaceScope;
  /** Where Applications are watched. */
  readonly applications: NamespaceScope;
  /** Keeps what is needed of an Application; `null` for one that is not ours. */
  readonly applicationView: (object: unknown) => Application | null;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Between two safety resyncs, on average; 10 min unless given. */
  readonly resyncMs?: number;
  /** An open watch on which nothing comes for so long is opened anew. */
  readonly silentMs?: number;
  readonly clock?: Clock;
  readonly onRestart?: (restart: CacheRestart) => void;
}

/** What `serve` knows of the cluster, kept up to date by watches. */
export interface Caches<Application> {
  readonly scope: NamespaceScope;
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

const defaultResyncMs = 10 * 60_000;
/**
 * kube-apiserver sends a bookmark a minute, a quarter of that sooner or later: two were missed. Where it has nothing to
 * mark, which early versions do with a collection that nobody touches, the new watch costs one request.
 */
const defaultSilentMs = 150_000;

/** Starts to list and watch at once; `onChange` and `isSynced` tell how far it is. */
export function startCaches<Application>(options: CacheOptions<Application>): Caches<Application> {
  const { connection, scope, signal, clock = systemClock, onRestart } = options;
  const { resyncMs = defaultResyncMs, silentMs = defaultSilentMs } = options;
  const listeners: ((change: CacheChange) => void)[] = [];
  const stores = createStores<Application>((collection, keys) => {
    for (const listener of listeners) listener({ collection, keys });
  });
  const follow = <T>(
    name: CollectionName,
    kind: Kind<T>,
    where: NamespaceScope,
    store: WritableStore<T>,
  ): Reflector[] =>
    collectionsOf(kind, where).map((collection) => {
      const { namespace } = collection;
      const told = (restart: Restart): void => onRestart?.({ ...restart, collection: name, namespace });
      return reflect(collection, store, { connection, signal, clock, resyncMs, silentMs, onRestart: told });
    });
  const reflectors: Readonly<Record<CollectionName, readonly Reflector[]>> = {
    services: follow('services', kinds.services, scope, stores.services),
    endpoints: follow('endpoints', kinds.endpointSlices, scope, stores.slices),
    // Nobody who names namespaces may need to select them by label, nor be allowed to list them.
    namespaces: follow('namespaces', kinds.namespaces, scope === 'cluster' ? scope : [], stores.namespaces),
    configMaps: follow('configMaps', kinds.configMaps, options.configMaps ?? scope, stores.configMaps),
    applications: follow(
      'applications',
      kinds.applications(options.applicationView),
      options.applications,
      stores.applications,
    ),
  };
  const all = Object.values(reflectors).flat();
  return {
    ...{ scope, endpointsOf: stores.endpoints.of, services: stores.services, namespaces: stores.namespaces },
    ...{ configMaps: stores.configMaps, applications: stores.applications },
    isSynced: () => all.every((reflector) => reflector.health().synced),
    health: (collection) => worstOf(reflectors[collection].map((reflector) => reflector.health())),
    onChange: (listener) => {
      listeners.push(listener);
    },
    done: Promise.all(all.map(({ done }) => done)).then(() => undefined),
  };
}
