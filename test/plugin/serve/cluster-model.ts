import { detectors } from '../../../detectors/index.ts';
import type { Cluster } from '../../../plugin/cluster/types.ts';
import { keptOf, namedKeys } from '../../../plugin/discovery/kept-keys.ts';
import * as resources from '../../../plugin/serve/cache/resources.ts';
import { namespaceView, serviceView } from '../../../plugin/cluster/projections.ts';
import { mergeSlices, sliceView } from '../../../plugin/cluster/slice-projections.ts';
import type { ApplicationView } from '../../../plugin/argocd/application.ts';
import type { CacheChange, CollectionName } from '../../../plugin/serve/cache/index.ts';
import type { ManagedConfigMap, ServeCaches } from '../../../plugin/serve/reconcile/managed-config-map.ts';
import { createStores } from '../../../plugin/serve/cache/stores.ts';
import type { WritableStore } from '../../../plugin/serve/cache/store.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';

/** A cluster in memory: its objects as the API server has them, and caches that hear of each change. */
export interface ClusterModel {
  readonly caches: ServeCaches;
  /** What a fresh run reads: from the objects, never from the caches. */
  readonly cluster: Cluster;
  readonly put: (object: KubeObject) => void;
  readonly remove: (object: KubeObject) => void;
  readonly putConfigMap: (configMap: ManagedConfigMap) => void;
  readonly removeConfigMap: (key: string) => void;
  readonly putApplication: (application: ApplicationView) => void;
  readonly removeApplication: (key: string) => void;
  /** From now on, or no longer, Services of the namespace, or its objects of another collection, may not be read. */
  readonly refuse: (namespace: string, isRefused: boolean, collection?: CollectionName) => void;
}

/** `now` is wall-clock time. */
export function clusterModel(now: () => number = Date.now, scope: ServeCaches['scope'] = 'cluster'): ClusterModel {
  const listeners: ((change: CacheChange) => void)[] = [];
  const { services, namespaces, slices, endpoints, configMaps, applications } = createStores<
    ApplicationView,
    ManagedConfigMap
  >((collection, keys) => {
    for (const listener of listeners) listener({ collection, keys });
  });
  const objects = new Map<string, KubeObject>();
  const refused = new Map<CollectionName, ReadonlySet<string>>();
  let versions = 0;
  const { view: sliceOf } = resources.endpointSlices(() => ({ labelSelector: undefined }));
  let kept = keptOf(detectors, namedKeys([]));
  const enter = <T>(store: WritableStore<T>, key: string, view: T | null): void => {
    if (view !== null) store.put({ key, version: String(++versions), view });
  };
  const all = <T>(kind: string, view: (object: unknown) => T | null): T[] =>
    [...objects.values()].filter((one) => one.kind === kind).flatMap((object) => view(object) ?? []);

  const show = (object: KubeObject): void => {
    const key = keyOf(object);
    if (object.kind === 'Service') enter(services, key, resources.services(() => kept).view(object));
    if (object.kind === 'EndpointSlice') enter(slices, key, sliceOf(object));
    if (object.kind === 'Namespace') enter(namespaces, key, namespaceView(object, kept));
  };

  return {
    caches: {
      scope,
      services,
      namespaces,
      configMaps,
      applications,
      endpointsOf: endpoints.of,
      isSynced: () => true,
      unreadable: (collection) =>
        [...(refused.get(collection) ?? [])].map((namespace) => ({ namespace, error: 'it is refused' })),
      keep: (keys) => {
        kept = keys;
        for (const object of objects.values()) show(object);
        return Promise.resolve();
      },
      isCurrent: () => true,
      health: () => {
        throw new Error('nothing is watched');
      },
      permittedHealth: () => {
        throw new Error('nothing is watched');
      },
      onChange: (listener) => void listeners.push(listener),
      done: Promise.resolve(),
    },
    cluster: {
      services: (where, keys) =>
        Promise.resolve(
          all('Service', (object) => serviceView(object, keys)).filter(
            ({ namespace }) => where === 'cluster' || where.includes(namespace),
          ),
        ),
      namespaces: (keys) => Promise.resolve(all('Namespace', (object) => namespaceView(object, keys))),
      endpoints: () => Promise.resolve(mergeSlices(all('EndpointSlice', sliceView))),
      configMap: ({ namespace, name }) => {
        const known = configMaps.get(`${namespace}/${name}`);
        return Promise.resolve(known ? { annotations: known.annotations, data: {} } : null);
      },
      customResource: () => Promise.resolve({ unread: 'NotFound' }),
      pod: () => Promise.resolve({ unread: 'NotFound' }),
      now,
    },
    put: (object) => {
      objects.set(`${object.kind} ${keyOf(object)}`, object);
      show(object);
    },
    remove: (object) => {
      const key = keyOf(object);
      objects.delete(`${object.kind} ${key}`);
      ({ Service: services, EndpointSlice: slices, Namespace: namespaces })[object.kind]?.remove(key);
    },
    putConfigMap: (configMap) => {
      enter(configMaps, `${configMap.namespace}/${configMap.name}`, configMap);
    },
    removeConfigMap: configMaps.remove,
    putApplication: (application) => {
      enter(applications, `${application.namespace}/${application.name}`, application);
    },
    removeApplication: applications.remove,
    refuse: (namespace, isRefused, collection = 'services') => {
      const namespaces = new Set(refused.get(collection));
      if (isRefused) namespaces.add(namespace);
      else namespaces.delete(namespace);
      refused.set(collection, namespaces);
      for (const listener of listeners) listener({ collection, keys: [], isReadabilityChange: true });
    },
  };
}

function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
