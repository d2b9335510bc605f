import type { Owner, ServicePort, ServiceView } from '../../detectors/types.ts';
import { record, records, text } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import type { EndpointsView, LiveConfigMap, NamespaceView } from './types.ts';

export const changeTime = 'endpoints.kubernetes.io/last-change-trigger-time';
export const serviceName = 'kubernetes.io/service-name';
/** What `kubectl apply` leaves behind: a copy of the object that nobody here reads. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** One EndpointSlice, before those of a Service are put together. */
export interface SliceView {
  readonly key: string;
  readonly endpoints: EndpointsView;
}

/** Keeps what discovery reads of a v1 Service. `null` for what is no Service: it has no name. */
export function serviceView(object: unknown): ServiceView | null {
  const { metadata, spec } = parts(object);
  const own = metadataView(object);
  if (!own) return null;
  return {
    ...own,
    owners: records(metadata.ownerReferences).map(ownerOf),
    type: text(spec.type) || 'ClusterIP',
    clusterIP: text(spec.clusterIP),
    externalName: text(spec.externalName),
    ports: records(spec.ports).map(portOf),
    selector: isEmpty(spec.selector) ? null : textMap(spec.selector),
  };
}

/** Keeps what discovery reads of a v1 Namespace. */
export function namespaceView(object: unknown): NamespaceView | null {
  const { metadata } = parts(object);
  return typeof metadata.name === 'string' ? { name: metadata.name, labels: textMap(metadata.labels) } : null;
}

/** What an object says of itself in its metadata. */
export interface MetadataView {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Keeps the metadata that people and programs write, of any namespaced object. */
export function metadataView(object: unknown): MetadataView | null {
  const { metadata } = parts(object);
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return null;
  return {
    namespace: text(namespace) || 'default',
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
  const endpoints = records(body.endpoints);
  const ready = endpoints.filter((endpoint) => record(endpoint.conditions).ready !== false).length;
  const changedAt = Date.parse(text(record(metadata.annotations)[changeTime]));
  return {
    key: keyOf({ namespace: text(metadata.namespace) || 'default', name: service }),
    endpoints: {
      ready,
      notReady: endpoints.length - ready,
      changedAt: Number.isNaN(changedAt) ? null : changedAt,
      ports: Object.fromEntries(
        records(body.ports).flatMap(({ name, port }) =>
          typeof port === 'number' ? [[text(name), port] as const] : [],
        ),
      ),
    },
  };
}

/** All slices of each Service as one: counts add up, the latest change counts. */
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
  return { apiVersion: text(owner.apiVersion), kind: text(owner.kind), name: text(owner.name) };
}

function portOf(port: Json): ServicePort {
  const number = typeof port.port === 'number' ? port.port : 0;
  const target = port.targetPort;
  return {
    name: text(port.name),
    port: number,
    protocol: text(port.protocol) || 'TCP',
    appProtocol: text(port.appProtocol),
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
  const body = record(object);
  return { body, metadata: record(body.metadata), spec: record(body.spec) };
}

/** The map itself where all of it is text, as the API server's always is: thousands of them need no copy. */
function textMap(value: unknown): Readonly<Record<string, string>> {
  const map = record(value);
  for (const key in map) if (typeof map[key] !== 'string') return textMapOf(map);
  return map as Readonly<Record<string, string>>;
}

function textMapOf(map: Json): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isEmpty(value: unknown): boolean {
  return Object.keys(record(value)).length === 0;
}
