import type { ServiceView } from '../../../detectors/types.ts';
import type { ResourceLocation } from '../../cluster/http/resource-path.ts';
import type { NamespaceView, NamespaceScope } from '../../cluster/types.ts';
import type { SliceView } from '../../cluster/projections.ts';
import type { ManagedConfigMap } from './index.ts';
import { managedFieldsOf } from './managed-fields.ts';
import { metadataView, namespaceView, serviceView, sliceView } from '../../cluster/projections.ts';

/** What is listed and watched, in one namespace or in all of them. */
export interface Collection<T> extends ResourceLocation {
  /** Media types. */
  readonly accept: { readonly list: string; readonly watch: string };
  readonly labelSelector: string | undefined;
  /** Objects in one page of a list. */
  readonly limit: number;
  /** Keeps what is needed of an object; `null` for one that is not. Takes whatever an API server may send. */
  readonly view: (object: unknown) => T | null;
}

/** The kind of a collection, wherever it is. */
export type Kind<T> = Omit<Collection<T>, 'namespace'>;

const whole = { list: 'application/json', watch: 'application/json' };

/** The API server leaves out all but the metadata. */
const metadata = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
};

/**
 * Of smaller pages less is in memory at the same time, which counts for a process that stays: 10,000 Services and their
 * slices take 20 MB less than with the pages of a single run, for a tenth more time.
 */
const pageSize = 100;

const core = { group: '' as const, labelSelector: undefined, limit: pageSize };

export const services: Kind<ServiceView> = { ...core, resource: 'services', accept: whole, view: serviceView };

export const namespaces: Kind<NamespaceView> = {
  ...core,
  resource: 'namespaces',
  accept: metadata,
  view: namespaceView,
};

/** ConfigMaps of this program: they carry what is needed of them in their annotations. */
export const configMaps: Kind<ManagedConfigMap> = {
  ...core,
  resource: 'configmaps',
  accept: metadata,
  labelSelector: 'app.kubernetes.io/component=toolset-config,app.kubernetes.io/managed-by=dynamic-toolset',
  view: managedConfigMapView,
};

function managedConfigMapView(object: unknown): ManagedConfigMap | null {
  const metadata = metadataView(object);
  return metadata && { ...metadata, ownership: managedFieldsOf(object) };
}

export const endpointSlices: Kind<SliceView> = {
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  accept: whole,
  labelSelector: 'kubernetes.io/service-name',
  limit: pageSize,
  view: sliceView,
};

/** Argo CD's Applications. Their status may be large: fewer of them make a page. */
export function applications<T>(view: (object: unknown) => T | null): Kind<T> {
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
