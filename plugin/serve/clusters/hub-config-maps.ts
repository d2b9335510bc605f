import type { CacheChange } from '../cache/index.ts';
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

/** The caches of another cluster, with those hub ConfigMaps that are built from it, alone or among others. */
export function cachesForHub(
  hub: ServeCaches,
  other: ServeCaches,
  isBuiltFromIt: (configMap: ManagedConfigMap) => boolean,
  follow: (listener: (change: CacheChange) => void) => void,
): ServeCaches {
  const ofHub = (collection: CacheChange['collection']): ServeCaches =>
    collection === 'configMaps' || collection === 'applications' ? hub : other;
  const all = (): ManagedConfigMap[] => [...hub.configMaps.values()].filter(isBuiltFromIt);
  return {
    ...other,
    applications: hub.applications,
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
    unlisted: (collection) => ofHub(collection).unlisted(collection),
    health: (collection) => ofHub(collection).health(collection),
    permittedHealth: (collection) => ofHub(collection).permittedHealth(collection),
    isCurrent: (collection, namespace) => ofHub(collection).isCurrent(collection, namespace),
    onChange: (listener) => {
      other.onChange((change) => {
        if (change.collection !== 'configMaps') listener(change);
      });
      follow(listener);
    },
  };
}
