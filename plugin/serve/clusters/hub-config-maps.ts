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

type Follow = (listener: (change: CacheChange) => void) => void;

/** The caches of another cluster, with these collections of the hub; `follow` adds a listener for their changes. */
export function withHub(
  hub: ServeCaches,
  other: ServeCaches,
  collections: readonly CollectionName[],
  follow: Follow,
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
      follow(listener);
    },
  };
}

/** The caches of another cluster, with those hub ConfigMaps that are built from it, alone or among others. */
export function cachesForHub(
  hub: ServeCaches,
  other: ServeCaches,
  isBuiltFromIt: (configMap: ManagedConfigMap) => boolean,
  follow: Follow,
): ServeCaches {
  const all = (): ManagedConfigMap[] => [...hub.configMaps.values()].filter(isBuiltFromIt);
  return {
    ...withHub(hub, other, ['configMaps', 'applications'], follow),
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
