import type { ServiceView } from '../../../detectors/types.ts';
import type { ResourceLocation } from '../../cluster/http/resource-path.ts';
import type { KeptKeys, NamespaceView, NamespaceScope } from '../../cluster/types.ts';
import type { SliceView } from '../../cluster/projections.ts';
import { namespaceView, serviceView, sliceView } from '../../cluster/projections.ts';

export const collectionNames = ['services', 'endpoints', 'namespaces', 'configMaps', 'applications'] as const;
export type CollectionName = (typeof collectionNames)[number];

/** Objects that one request lists or watches, in one namespace or in all of them. */
export interface Collection<T> extends ResourceLocation {
  readonly accept: {
    /** Media types. */
    readonly list: string;
    readonly watch: string;
    readonly metadataOnly: boolean;
  };
  readonly labelSelector: string | undefined;
  /** Objects in one page of a list. */
  readonly limit: number;
  readonly view: View<T>;
}

/** Projects an object to what is kept of it; `null` drops it. Must accept any JSON value. */
export type View<T> = (object: unknown) => T | null;

/** A collection, without the namespace. */
export type Kind<T> = Omit<Collection<T>, 'namespace'>;

const whole = { list: 'application/json', watch: 'application/json', metadataOnly: false };

/** The API server sends the metadata only. */
const metadata = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
  metadataOnly: true,
};

/**
 * Smaller than the pages of a single run (`generate`): a long-running process keeps its peak of memory. With 10,000
 * Services and their slices it is 20 MB lower, and the list takes a tenth longer.
 */
const pageSize = 100;

const core = { group: '' as const, labelSelector: undefined, limit: pageSize };

/** Each object is projected by the keys that are kept then. */
export function services(kept: () => KeptKeys): Kind<ServiceView> {
  return { ...core, resource: 'services', accept: whole, view: (object) => serviceView(object, kept()) };
}

export function namespaces(kept: () => KeptKeys): Kind<NamespaceView> {
  return { ...core, resource: 'namespaces', accept: metadata, view: (object) => namespaceView(object, kept()) };
}

/** Generated ConfigMaps, by their labels; metadata only. */
export function configMaps<T>(view: View<T>): Kind<T> {
  return {
    ...core,
    resource: 'configmaps',
    accept: metadata,
    labelSelector: 'app.kubernetes.io/component=toolset-config,app.kubernetes.io/managed-by=dynamic-toolset',
    view,
  };
}

export const endpointSlices: Kind<SliceView> = {
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  accept: whole,
  labelSelector: 'kubernetes.io/service-name',
  limit: pageSize,
  view: sliceView,
};

/** Argo CD's Applications. A status can be large, so pages are smaller. */
export function applications<T>(view: View<T>): Kind<T> {
  return {
    group: 'argoproj.io',
    resource: 'applications',
    accept: whole,
    labelSelector: undefined,
    limit: 20,
    view,
  };
}

/** One collection for the whole cluster, or one for each namespace. */
export function collectionsOf<T>(kind: Kind<T>, scope: NamespaceScope): Collection<T>[] {
  const namespaces = scope === 'cluster' ? [null] : [...new Set(scope)];
  return namespaces.map((namespace) => ({ ...kind, namespace }));
}
