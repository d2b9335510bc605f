import type { Connection } from '../../cluster/connection/connection.ts';
import type { EndpointsView, KeepPolicy, NamespaceView, NamespaceScope } from '../../cluster/types.ts';
import type { MetadataView } from '../../cluster/projections.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CollectionName } from './collections.ts';
import type { Kind, ListSelection, View } from './resources.ts';
import * as kinds from './resources.ts';
import { collectionsOf } from './resources.ts';
import { PointedSlices } from './slices/pointed-slices.ts';
import { worstOf } from './reflector-health.ts';
import type { ReflectorHealth, Restart } from './reflector-health.ts';
import { Reflector } from './reflector.ts';
import type { Services } from './service-store.ts';
import type { Store, WritableStore } from './store.ts';
import { createStores } from './stores.ts';
import type { Stores } from './stores.ts';

export { collectionNames } from './collections.ts';
export type { CollectionName } from './collections.ts';

export interface CacheChange {
  readonly collection: CollectionName;
  /** The changed objects; for `endpoints`, their Services. */
  readonly keys: readonly string[];
  /** No object has changed, but which namespaces are `unreadable`. */
  readonly isReadabilityChange?: true;
}

/** A namespace whose objects of a collection are not known, and why. */
export interface UnreadableNamespace {
  readonly namespace: string;
  readonly error: string;
}

/** A restart of one watch. `namespace` is `null` if it watches the whole cluster. */
export interface CacheRestart extends Restart {
  readonly collection: CollectionName;
  readonly namespace: string | null;
}

export interface CacheOptions<Application, ConfigMap extends MetadataView = MetadataView> {
  readonly connection: Connection;
  /** Where Services and EndpointSlices are watched. Namespaces are watched only with the whole cluster. */
  readonly scope: NamespaceScope;
  /** Where generated ConfigMaps are watched; `scope` by default. */
  readonly configMaps?: NamespaceScope;
  /** Where Applications are watched. */
  readonly applications: NamespaceScope;
  /** What to keep of Services and Namespaces, until `keep` changes it. */
  readonly kept: KeepPolicy;
  readonly configMapView: View<ConfigMap>;
  readonly applicationView: View<Application>;
  /** Ends every watch and request. */
  readonly signal: AbortSignal;
  /** Average time between two complete lists of a collection; 10 min by default. */
  readonly resyncMs?: number;
  /** A watch without an event for this time is reopened; 150 s by default. */
  readonly silentMs?: number;
  readonly clock?: Clock;
  readonly onRestart?: (restart: CacheRestart) => void;
  /** Called after the health of a collection has changed. */
  readonly onHealth?: () => void;
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

const defaultResyncMs = 10 * 60_000;
/**
 * kube-apiserver sends a bookmark every 60 s, give or take 15 s, so two are missing. Early versions send none for a
 * collection without writes; there, reopening the watch costs one request.
 */
const defaultSilentMs = 150_000;

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

type Reflectors = Readonly<Record<CollectionName, readonly AnyReflector[]>>;

interface ReflectorHooks {
  /** Which objects to list and keep; may change. */
  readonly kept: () => KeepPolicy;
  readonly select: (namespace: string | null) => ListSelection;
  /** Called when a namespace's objects of the collection may no longer be read, or may be again. */
  readonly onReadability: (collection: CollectionName) => void;
}

/** One reflector per watched namespace, or one for the whole cluster. */
function createReflectors<Application, ConfigMap extends MetadataView>(
  options: CacheOptions<Application, ConfigMap>,
  stores: Stores<Application, ConfigMap>,
  { kept, select, onReadability }: ReflectorHooks,
): Reflectors {
  const { connection, scope, signal, clock = systemClock, onRestart, onHealth } = options;
  const { resyncMs = defaultResyncMs, silentMs = defaultSilentMs } = options;
  const follow = <T>(
    name: CollectionName,
    kind: Kind<T>,
    where: NamespaceScope,
    store: WritableStore<T>,
  ): Reflector<T>[] =>
    collectionsOf(kind, where).map((collection) => {
      const { namespace } = collection;
      const timing = { signal, clock, resyncMs, silentMs };
      let wasRefused = false;
      const reflector = new Reflector<T>(collection, store, {
        connection,
        ...timing,
        onRestart: (restart) => onRestart?.({ ...restart, collection: name, namespace }),
        onHealth: () => {
          const { refused } = reflector.health();
          if (refused !== wasRefused && namespace !== null) onReadability(name);
          wasRefused = refused;
          onHealth?.();
        },
      });
      return reflector;
    });
  const { applicationView, configMapView, applications, configMaps = scope } = options;
  return {
    services: follow('services', kinds.services(kept), scope, stores.services),
    endpoints: follow('endpoints', kinds.endpointSlices(select), scope, stores.slices),
    // A list of namespaces selects none by label and must not need the right to list Namespaces.
    namespaces: follow('namespaces', kinds.namespaces(kept), scope === 'cluster' ? scope : [], stores.namespaces),
    configMaps: follow('configMaps', kinds.configMaps(configMapView), configMaps, stores.configMaps),
    applications: follow('applications', kinds.applications(applicationView), applications, stores.applications),
  };
}

/** Settles when all have ended. */
async function runAll(reflectors: Reflectors): Promise<void> {
  const all = Object.values(reflectors).flat();
  await Promise.all(
    all.map(async (reflector) => {
      // Services come first, as slices are selected by Service names; but a failure of both must be reported for both.
      if (reflectors.endpoints.includes(reflector)) await firstAttemptIn(reflectors.services, reflector.namespace);
      await reflector.run();
    }),
  );
}

async function relist(reflectors: readonly AnyReflector[], ...how: Parameters<AnyReflector['relist']>): Promise<void> {
  await Promise.all(reflectors.map((reflector) => reflector.relist(...how)));
}

/** A reflector of any type of object. */
type AnyReflector = Pick<Reflector<unknown>, 'health' | 'run' | 'namespace' | 'firstAttempt' | 'relist'>;

/**
 * Without those of namespaces that may not be read, unless none may: only a person can grant it, and the others must not
 * wait for that.
 */
function permitted(reflectors: readonly AnyReflector[]): readonly AnyReflector[] {
  const some = reflectors.filter((reflector) => reflector.health().lastCode !== 'CLUSTER_FORBIDDEN');
  return some.length > 0 ? some : reflectors;
}

function unreadableIn(reflector: AnyReflector): UnreadableNamespace[] {
  const { synced, refused, lastError } = reflector.health();
  const { namespace } = reflector;
  return (synced && !refused) || namespace === null ? [] : [{ namespace, error: lastError ?? 'it is being listed' }];
}

async function firstAttemptIn(reflectors: readonly AnyReflector[], namespace: string | null): Promise<void> {
  await Promise.all(reflectors.filter((one) => one.namespace === namespace).map((one) => one.firstAttempt));
}
