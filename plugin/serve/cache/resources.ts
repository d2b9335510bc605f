import type { ServiceView } from '../../../detectors/types.ts';
import type { ResourceLocation } from '../../cluster/http/resource-path.ts';
import { protobufMedia } from '../../cluster/protobuf/envelope.ts';
import { decodeNamespace, decodeSlice, serviceDecoder } from '../../cluster/protobuf/objects.ts';
import type { DecodeObject } from '../../cluster/protobuf/objects.ts';
import type { KeepPolicy, KeptKeys, NamespaceView, NamespaceScope } from '../../cluster/types.ts';
import { namespaceView, serviceView } from '../../cluster/projections.ts';
import { sliceView } from '../../cluster/slice-projections.ts';
import { packSlice } from './slices/packed-slice.ts';
import type { PackedSlice } from './slices/packed-slice.ts';
import type { ServiceName } from './service-store.ts';

/** Objects that one request lists or watches, in one namespace or in all. */
export interface Collection<T> extends ResourceLocation {
  readonly accept: {
    /** Media types; `undefined` for the default of all requests. */
    readonly list: string | undefined;
    readonly watch: string | undefined;
    readonly metadataOnly: boolean;
  };
  /** Decodes protobuf objects; if given, requests ask for protobuf. */
  readonly decode: DecodeObject | undefined;
  /** The part of a namespace, or of the whole cluster, that is listed now and watched afterwards. */
  readonly select: (namespace: string | null) => ListSelection;
  /** Objects in one page of a list. */
  readonly limit: number;
  readonly view: View<T>;
}

export interface ListSelection {
  readonly labelSelector: string | undefined;
  /** Called once the store holds the whole list. */
  readonly onListed?: () => void;
}

/** Projects an object to what is kept of it; `null` drops it. Must accept any JSON value. */
export type View<T> = (object: unknown) => T | null;

/** A collection without its namespace. */
export type Kind<T> = Omit<Collection<T>, 'namespace'>;

const whole = { list: undefined, watch: undefined, metadataOnly: false };

/** The API server sends the metadata only. */
const [listed, watched] = [
  'as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  'as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
];
const metadata = {
  list: `application/json;${listed},application/json`,
  watch: `application/json;${watched},application/json`,
  metadataOnly: true,
};
const metadataInProtobuf = {
  list: `${protobufMedia};${listed},${metadata.list}`,
  watch: `${protobufMedia};${watched},${metadata.watch}`,
  metadataOnly: true,
};

/**
 * Smaller than the pages of a single run (`generate`): a long-running process keeps its peak memory. With 10,000
 * Services and their slices the peak is 20 MB lower, and the list takes a tenth longer.
 */
const pageSize = 100;

const everything = (): ListSelection => ({ labelSelector: undefined });

const core = { group: '' as const, select: everything, limit: pageSize };

/** Each object is projected with the keys kept at that time. */
export function services(kept: () => KeepPolicy): Kind<ServiceView | ServiceName> {
  const decode = serviceDecoder(() => kept().annotations);
  return { ...core, resource: 'services', accept: whole, decode, view: (object) => keptOf(object, kept()) };
}

function keptOf(object: unknown, kept: KeepPolicy): ServiceView | ServiceName | null {
  const view = serviceView(object, kept);
  return view === null || kept.isPointedAt(view) ? view : { namespace: view.namespace, name: view.name };
}

export function namespaces(kept: () => KeptKeys): Kind<NamespaceView> {
  const view: View<NamespaceView> = (object) => namespaceView(object, kept());
  return { ...core, resource: 'namespaces', accept: metadataInProtobuf, decode: decodeNamespace, view };
}

const generated: ListSelection = {
  labelSelector: 'app.kubernetes.io/component=toolset-config,app.kubernetes.io/managed-by=dynamic-toolset',
};

/** Generated ConfigMaps, by label; metadata only. In JSON: all of it is read, and there are few. */
export function configMaps<T>(view: View<T>): Kind<T> {
  return {
    ...core,
    resource: 'configmaps',
    accept: metadata,
    decode: undefined,
    select: () => generated,
    view,
  };
}

/** The slices selected at the time of the list. */
export function endpointSlices(select: (namespace: string | null) => ListSelection): Kind<PackedSlice> {
  return {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    accept: whole,
    decode: decodeSlice,
    select,
    limit: pageSize,
    view: (object) => {
      const slice = sliceView(object);
      return slice && packSlice(slice);
    },
  };
}

/** Argo CD's Applications, which have no protobuf form. A status can be large, so pages are smaller. */
export function applications<T>(view: View<T>): Kind<T> {
  return {
    group: 'argoproj.io',
    resource: 'applications',
    accept: whole,
    decode: undefined,
    select: everything,
    limit: 20,
    view,
  };
}

/** One collection for the whole cluster, or one per namespace. */
export function collectionsOf<T>(kind: Kind<T>, scope: NamespaceScope): Collection<T>[] {
  return namespacesOf(scope).map((namespace) => ({ ...kind, namespace }));
}

/** `null` for the whole cluster. */
export function namespacesOf(scope: NamespaceScope): readonly (string | null)[] {
  return scope === 'cluster' ? [null] : [...new Set(scope)];
}
