import type { NamespaceView } from '../../cluster/types.ts';
import type { MetadataView } from '../../cluster/projections.ts';
import type { CollectionName } from './collections.ts';
import { createEndpoints } from './slices/endpoint-slices.ts';
import type { Endpoints } from './slices/endpoint-slices.ts';
import type { PackedSlice } from './slices/packed-slice.ts';
import { createServiceStore } from './service-store.ts';
import type { ServiceStore } from './service-store.ts';
import { createStore } from './store.ts';
import type { WritableStore } from './store.ts';

/** One store for each collection. */
export interface Stores<Application, ConfigMap> {
  readonly services: ServiceStore;
  readonly slices: WritableStore<PackedSlice>;
  /** The slices of each Service, merged. */
  readonly endpoints: Endpoints;
  readonly namespaces: WritableStore<NamespaceView>;
  readonly configMaps: WritableStore<ConfigMap>;
  readonly applications: WritableStore<Application>;
}

/** Empty stores; `notify` gets the keys of changed objects. */
export function createStores<Application, ConfigMap extends MetadataView = MetadataView>(
  notify: (collection: CollectionName, keys: readonly string[]) => void,
): Stores<Application, ConfigMap> {
  const storeOf = <T>(collection: CollectionName): WritableStore<T> =>
    createStore((changes) => {
      notify(
        collection,
        changes.map(({ key }) => key),
      );
    });
  const endpoints = createEndpoints((services) => {
    notify('endpoints', services);
  });
  return {
    services: createServiceStore((keys) => {
      notify('services', keys);
    }),
    slices: createStore(endpoints.update),
    endpoints,
    namespaces: storeOf('namespaces'),
    configMaps: storeOf('configMaps'),
    applications: storeOf('applications'),
  };
}
