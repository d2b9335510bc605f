import type { EndpointsView, KeepPolicy, NamespaceView, NamespaceScope } from '../../cluster/types.ts';
import type { MetadataView } from '../../cluster/projections.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CollectionName } from './collections.ts';
import { PointedSlices } from './slices/pointed-slices.ts';
import { worstOf } from './reflector-health.ts';
import type { ReflectorHealth } from './reflector-health.ts';
import type { Services } from './service-store.ts';
import type { Store } from './store.ts';
import { createStores } from './stores.ts';
import { createReflectors, permitted, relist, runAll, unreadableIn } from './reflectors.ts';
import type { CacheOptions, Reflectors, UnreadableNamespace } from './reflectors.ts';

export { collectionNames } from './collections.ts';
export type { CollectionName } from './collections.ts';
export type { CacheOptions, CacheRestart } from './reflectors.ts';

export interface CacheChange {
  readonly collection: CollectionName;
  /** The changed objects; for `endpoints`, their Services. */
  readonly keys: readonly string[];
  /** No object has changed, but which namespaces are `unreadable`. */
  readonly isReadabilityChange?: true;
}

/** The state of the cluster, kept up to date by watches. */
export interface Caches<Application, ConfigMap extends MetadataView = MetadataView> {
  readonly scope: NamespaceScope;
  readonly services: Services;
  /** All EndpointSlices of a Service, merged; `undefined` if it has none. */
  readonly endpointsOf: (service: string) => EndpointsView | undefined;
  readonly namespaces: Store<NamespaceView>;
  readonly configMaps: Store<ConfigMap>;
  readonly applications: Store<Application>;
  /** Whether every collection has been listed completely, except in namespaces that may not be read; stays true. */
  readonly isSynced: () => boolean;
  /**
   * Namespaces in which a collection has never been listed, or may no longer be read: its objects there are those of
   * earlier.
   */
  readonly unreadable: (collection: CollectionName) => readonly UnreadableNamespace[];
  /** Health of one collection across its namespaces: the worst values, with restarts added up. */
  readonly health: (collection: CollectionName) => ReflectorHealth;
  /** The same without namespaces that may not be read, as long as another may. */
  readonly permittedHealth: (collection: CollectionName) => ReflectorHealth;
  /** Whether the watch for a namespace's objects is open, and has been for long enough to catch up. */
  readonly isCurrent: (collection: CollectionName, namespace: string) => boolean;
  /** Changes what is kept; settles when Services and Namespaces have been listed again. */
  readonly keep: (kept: KeepPolicy) => Promise<void>;
  readonly onChange: (listener: (change: CacheChange) => void) => void;
  /** Settles when everything has ended after the signal. Never rejects. */
  readonly done: Promise<void>;
}

/** After this time, a reopened watch has reported what happened meanwhile. */
const caughtUpMs = 250;

/** Starts listing and watching at once; `isSynced` and `onChange` report the progress. */
export function startCaches<Application, ConfigMap extends MetadataView = MetadataView>(
  options: CacheOptions<Application, ConfigMap>,
): Caches<Application, ConfigMap> {
  const { scope, clock = systemClock } = options;
  const listeners: ((change: CacheChange) => void)[] = [];
  const notifyAll = (change: CacheChange): void => {
    for (const listener of listeners) listener(change);
  };
  const notify = (collection: CollectionName, keys: readonly string[]): void => {
    notifyAll({ collection, keys });
  };
  const stores = createStores<Application, ConfigMap>((collection, keys) => {
    if (collection === 'services') slices.servicesChanged(keys);
    else notify(collection, keys);
  });
  const slices = new PointedSlices({
    scope,
    services: stores.services,
    relist: (namespace) =>
      relist(
        reflectors.endpoints.filter((reflector) => reflector.namespace === namespace),
        true,
      ),
    onServices: (keys) => {
      notify('services', keys);
    },
  });
  let current = options.kept;
  const reflectors: Reflectors = createReflectors(options, stores, {
    kept: () => current,
    select: (namespace) => slices.select(namespace),
    onReadability: (collection) => {
      notifyAll({ collection, keys: [], isReadabilityChange: true });
    },
  });
  const isListed = (): boolean =>
    Object.values(reflectors).every((some) => permitted(some).every((reflector) => reflector.health().synced));
  const isAwaitingSlices = (): boolean =>
    permitted(reflectors.endpoints).some(({ namespace }) => slices.isAwaitingIn(namespace));
  let synced = false;
  return {
    scope,
    services: stores.services,
    endpointsOf: stores.endpoints.of,
    namespaces: stores.namespaces,
    configMaps: stores.configMaps,
    applications: stores.applications,
    isSynced: () => (synced ||= isListed() && !isAwaitingSlices()),
    unreadable: (collection) => reflectors[collection].flatMap(unreadableIn),
    health: (collection) => worstOf(reflectors[collection].map((reflector) => reflector.health())),
    permittedHealth: (collection) => worstOf(permitted(reflectors[collection]).map((reflector) => reflector.health())),
    isCurrent: (collection, namespace) =>
      reflectors[collection]
        .filter((reflector) => reflector.namespace === null || reflector.namespace === namespace)
        .map((reflector) => reflector.health())
        .every(({ watching, since }) => watching && clock.now() - since >= caughtUpMs),
    keep: async (others) => {
      current = others;
      await relist([...reflectors.services, ...reflectors.namespaces]);
      await slices.settled();
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
    done: runAll(reflectors),
  };
}
