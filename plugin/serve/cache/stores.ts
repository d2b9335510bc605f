import type { ServiceView } from '../../../detectors/types.ts';
import type { NamespaceView } from '../../cluster/types.ts';
import type { SliceView } from '../../cluster/projections.ts';
import type { CollectionName, ManagedConfigMap } from './index.ts';
import { endpointsBy } from './endpoint-slices.ts';
import type { Endpoints } from './endpoint-slices.ts';
import { createStore } from './store.ts';
import type { WritableStore } from './store.ts';

/** What is kept of each collection. */
export interface Stores<Application> {
  readonly services: WritableStore<ServiceView>;
  readonly slices: WritableStore<SliceView>;
  /** Of the slices, by their Services. */
  readonly endpoints: Endpoints;
  readonly namespaces: WritableStore<NamespaceView>;
  readonly configMaps: WritableStore<ManagedConfigMap>;
  readonly applications: WritableStore<Application>;
}

/** Empty stores that tell of each change, by the keys of its objects. */
export function createStores<Application>(
  tell: (collection: CollectionName, keys: readonly string[]) => void,
): Stores<Application> {
  const storeOf = <T>(collection: CollectionName): WritableStore<T> =>
    createStore((changes) => {
      const keys = changes.map(({ key }) => key);
      tell(collection, keys);
    });
  const endpoints = endpointsBy((services) => {
    tell('endpoints', services);
  });
  return {
    services: storeOf('services'),
    slices: createStore(endpoints.update),
    endpoints,
    namespaces: storeOf('namespaces'),
    configMaps: storeOf('configMaps'),
    applications: storeOf('applications'),
  };
}
