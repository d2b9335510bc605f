import type { CacheChange, CollectionName } from '../cache/index.ts';
import { metadataOf } from '../reconcile/config-map-metadata.ts';
import type { ManagedConfigMap, ServeCaches } from '../reconcile/managed-config-map.ts';

/**
 * The other cluster that a hub ConfigMap is built from; `null` if it is built from the hub, or may not be built from
 * another.
 */
export function sourceClusterOf(configMap: ManagedConfigMap | undefined): string | null {
  const metadata = configMap && metadataOf(configMap);
  if (!metadata || 'problem' in metadata) return null;
  const { cluster, target } = metadata.spec;
  // Without URLs, a consumer in the hub would get names that lead nowhere there, or to other Services.
  return cluster !== undefined && target.urls !== undefined ? cluster : null;
}

/** Changes of the hub, for the caches of another cluster with some of its collections. */
export class HubChanges {
  readonly #listeners: ((change: CacheChange) => void)[] = [];

  onChange(collections: readonly CollectionName[], listener: (change: CacheChange) => void): void {
    this.#listeners.push((change) => {
      if (collections.includes(change.collection)) listener(change);
    });
  }

  notify(change: CacheChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The caches of another cluster, with these collections of the hub. */
export function withHub(
  hub: ServeCaches,
  other: ServeCaches,
  collections: readonly CollectionName[],
  hubChanges: HubChanges,
): ServeCaches {
  const cachesOf = (collection: CollectionName): ServeCaches => (collections.includes(collection) ? hub : other);
  return {
    ...other,
    applications: hub.applications,
    unreadable: (collection) => cachesOf(collection).unreadable(collection),
    health: (collection) => cachesOf(collection).health(collection),
    permittedHealth: (collection) => cachesOf(collection).permittedHealth(collection),
    isCurrent: (collection, namespace) => cachesOf(collection).isCurrent(collection, namespace),
    onChange: (listener) => {
      other.onChange((change) => {
        if (!collections.includes(change.collection)) listener(change);
      });
      hubChanges.onChange(collections, listener);
    },
  };
}

/** The caches of another cluster, with those hub ConfigMaps that are built from it, alone or among others. */
export function cachesForHub(
  hub: ServeCaches,
  other: ServeCaches,
  isBuiltFromIt: (configMap: ManagedConfigMap) => boolean,
  hubChanges: HubChanges,
): ServeCaches {
  const all = (): ManagedConfigMap[] => [...hub.configMaps.values()].filter(isBuiltFromIt);
  return {
    ...withHub(hub, other, ['configMaps', 'applications'], hubChanges),
    configMaps: {
      get: (key) => {
        const configMap = hub.configMaps.get(key);
        return configMap && isBuiltFromIt(configMap) ? configMap : undefined;
      },
      values: all,
      get size() {
        return all().length;
      },
    },
  };
}
