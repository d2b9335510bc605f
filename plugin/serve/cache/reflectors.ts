import type { Connection } from '../../cluster/connection/connection.ts';
import type { KeepPolicy, NamespaceScope } from '../../cluster/types.ts';
import type { MetadataView } from '../../cluster/projections.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CollectionName } from './collections.ts';
import type { Kind, ListSelection, View } from './resources.ts';
import * as kinds from './resources.ts';
import { collectionsOf } from './resources.ts';
import type { Restart } from './reflector-health.ts';
import { Reflector } from './reflector.ts';
import type { WritableStore } from './store.ts';
import type { Stores } from './stores.ts';

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

const defaultResyncMs = 10 * 60_000;
/**
 * kube-apiserver sends a bookmark every 60 s, give or take 15 s, so two are missing. Early versions send none for a
 * collection without writes; there, reopening the watch costs one request.
 */
const defaultSilentMs = 150_000;

export type Reflectors = Readonly<Record<CollectionName, readonly AnyReflector[]>>;

interface ReflectorHooks {
  /** Which objects to list and keep; may change. */
  readonly kept: () => KeepPolicy;
  readonly select: (namespace: string | null) => ListSelection;
  /** Called when a namespace's objects of the collection may no longer be read, or may be again. */
  readonly onReadability: (collection: CollectionName) => void;
}

/** One reflector per watched namespace, or one for the whole cluster. */
export function createReflectors<Application, ConfigMap extends MetadataView>(
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
export async function runAll(reflectors: Reflectors): Promise<void> {
  const all = Object.values(reflectors).flat();
  await Promise.all(
    all.map(async (reflector) => {
      // Services come first, as slices are selected by Service names; but a failure of both must be reported for both.
      if (reflectors.endpoints.includes(reflector)) await firstAttemptIn(reflectors.services, reflector.namespace);
      await reflector.run();
    }),
  );
}

export async function relist(
  reflectors: readonly AnyReflector[],
  ...how: Parameters<AnyReflector['relist']>
): Promise<void> {
  await Promise.all(reflectors.map((reflector) => reflector.relist(...how)));
}

/** A reflector of any type of object. */
type AnyReflector = Pick<Reflector<unknown>, 'health' | 'run' | 'namespace' | 'firstAttempt' | 'relist'>;

/**
 * Without those of namespaces that may not be read, unless none may: only a person can grant it, and the others must not
 * wait for that.
 */
export function permitted(reflectors: readonly AnyReflector[]): readonly AnyReflector[] {
  const some = reflectors.filter((reflector) => reflector.health().lastCode !== 'CLUSTER_FORBIDDEN');
  return some.length > 0 ? some : reflectors;
}

export function unreadableIn(reflector: AnyReflector): UnreadableNamespace[] {
  const { synced, refused, lastError } = reflector.health();
  const { namespace } = reflector;
  return (synced && !refused) || namespace === null ? [] : [{ namespace, error: lastError ?? 'it is being listed' }];
}

async function firstAttemptIn(reflectors: readonly AnyReflector[], namespace: string | null): Promise<void> {
  await Promise.all(reflectors.filter((one) => one.namespace === namespace).map((one) => one.firstAttempt));
}
