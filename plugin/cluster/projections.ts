import type { Owner, ServicePort, ServiceView } from '../../detectors/types.ts';
import { asObject, asObjects, asString } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import type { EndpointsView, LiveConfigMap, NamespaceView } from './types.ts';

export const changeTime = 'endpoints.kubernetes.io/last-change-trigger-time';
export const serviceName = 'kubernetes.io/service-name';
/** A copy of the object that `kubectl apply` leaves; dropped, because it is never read. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** One EndpointSlice, before `mergeSlices`. */
export interface SliceView {
  readonly key: string;
  readonly endpoints: EndpointsView;
}

/** Keeps what discovery reads of a v1 Service; `null` without a name. */
export function serviceView(object: unknown): ServiceView | null {
  const { metadata, spec } = parts(object);
  const own = metadataView(object);
  if (!own) return null;
  return {
    ...own,
    owners: asObjects(metadata.ownerReferences).map(ownerOf),
    type: asString(spec.type) || 'ClusterIP',
    clusterIP: asString(spec.clusterIP),
    externalName: asString(spec.externalName),
    ports: asObjects(spec.ports).map(portOf),
    selector: isEmpty(spec.selector) ? null : textMap(spec.selector),
  };
}

/** Keeps what discovery reads of a v1 Namespace. */
export function namespaceView(object: unknown): NamespaceView | null {
  const { metadata } = parts(object);
  return typeof metadata.name === 'string' ? { name: metadata.name, labels: textMap(metadata.labels) } : null;
}

/** Metadata of a namespaced object. */
export interface MetadataView {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Keeps name, namespace, labels and annotations of a namespaced object; `null` without a name. */
export function metadataView(object: unknown): MetadataView | null {
  const { metadata } = parts(object);
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return null;
  return {
    namespace: asString(namespace) || 'default',
    name,
    labels: textMap(metadata.labels),
    annotations: annotationsOf(metadata),
  };
}

/** Keeps what discovery reads of a v1 EndpointSlice; `null` for one that belongs to no Service. */
export function sliceView(object: unknown): SliceView | null {
  const { metadata, body } = parts(object);
  const service = textMap(metadata.labels)[serviceName];
  if (service === undefined) return null;
  const endpoints = asObjects(body.endpoints);
  const ready = endpoints.filter((endpoint) => asObject(endpoint.conditions).ready !== false).length;
  return {
    key: keyOf({ namespace: asString(metadata.namespace) || 'default', name: service }),
    endpoints: {
      ready,
      notReady: endpoints.length - ready,
      changedAt: changedAtOf(metadata),
      ports: Object.fromEntries(
        asObjects(body.ports).flatMap(({ name, port }) =>
          typeof port === 'number' ? [[asString(name), port] as const] : [],
        ),
      ),
    },
  };
}

/**
 * When the slice changed last. Anyone who may write the slice can set the annotation: it counts up to the time at which
 * the API server itself says that the slice was written.
 */
function changedAtOf({ annotations, managedFields, creationTimestamp }: Json): number | null {
  const told = timeOf(asObject(annotations)[changeTime]);
  const written = asObjects(managedFields).flatMap(({ time }) => timeOf(time) ?? []);
  const writtenAt = written.length > 0 ? Math.max(...written) : null;
  if (told === null) return writtenAt ?? timeOf(creationTimestamp);
  return writtenAt === null ? told : Math.min(told, writtenAt);
}

function timeOf(text: unknown): number | null {
  const time = Date.parse(asString(text));
  return Number.isNaN(time) ? null : time;
}

/** Merges the slices of each Service: sums the counts and keeps the latest change. */
export function mergeSlices(slices: readonly SliceView[]): ReadonlyMap<string, EndpointsView> {
  const merged = new Map<string, EndpointsView>();
  for (const { key, endpoints } of slices) {
    const before = merged.get(key);
    merged.set(key, before ? add(before, endpoints) : endpoints);
  }
  return merged;
}

/** Keeps what discovery and comparison read of a v1 ConfigMap. */
export function configMapView(object: unknown): LiveConfigMap {
  const { metadata, body } = parts(object);
  return { annotations: annotationsOf(metadata), data: textMap(body.data) };
}

function add(a: EndpointsView, b: EndpointsView): EndpointsView {
  return {
    ready: a.ready + b.ready,
    notReady: a.notReady + b.notReady,
    changedAt: a.changedAt === null || b.changedAt === null ? null : Math.max(a.changedAt, b.changedAt),
    ports: { ...a.ports, ...b.ports },
  };
}

function ownerOf(owner: Json): Owner {
  return { apiVersion: asString(owner.apiVersion), kind: asString(owner.kind), name: asString(owner.name) };
}

function portOf(port: Json): ServicePort {
  const number = typeof port.port === 'number' ? port.port : 0;
  const target = port.targetPort;
  return {
    name: asString(port.name),
    port: number,
    protocol: asString(port.protocol) || 'TCP',
    appProtocol: asString(port.appProtocol),
    targetPort: typeof target === 'number' || (typeof target === 'string' && target !== '') ? target : number,
  };
}

function annotationsOf(metadata: Json): Readonly<Record<string, string>> {
  const annotations = textMap(metadata.annotations);
  if (!(lastApplied in annotations)) return annotations;
  const { [lastApplied]: copy, ...others } = annotations;
  return others;
}

function parts(object: unknown): { readonly body: Json; readonly metadata: Json; readonly spec: Json } {
  const body = asObject(object);
  return { body, metadata: asObject(body.metadata), spec: asObject(body.spec) };
}

/** The map itself where all values are strings, as those of an API server always are: avoids thousands of copies. */
function textMap(value: unknown): Readonly<Record<string, string>> {
  const map = asObject(value);
  for (const key in map) if (typeof map[key] !== 'string') return textMapOf(map);
  return map as Readonly<Record<string, string>>;
}

function textMapOf(map: Json): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isEmpty(value: unknown): boolean {
  return Object.keys(asObject(value)).length === 0;
}
