import type { Owner, ServicePort, ServiceView } from '../../detectors/types.ts';
import { asObject, asObjects, asString, getOwn } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';
import type { Keys, KeptKeys, LiveConfigMap, NamespaceView } from './types.ts';
import { sourcesAnnotation } from './sources-annotation.ts';

/** The copy of the object that `kubectl apply` adds; dropped because it is never read. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Most characters of the labels, pod selector, ports and owners of a Service. Typical Services have 2,000; a larger one
 * is not evaluated. The count does not depend on which keys are kept: serve and `generate` must agree, whatever
 * settings they know.
 */
export const maxServiceText = 16 * 1024;
/** Added per port, owner or label. */
const perEntry = 64;
/** Added per selector term: its key may occur in no other Service, and is kept whatever it is. */
const perSelectorTerm = 256;
/**
 * Longest value that is kept. Kubernetes limits label values to 63 characters, and all annotations together to 256 KB.
 */
const maxValue = 512;
/** Keeps what discovery reads of a v1 Service; `null` without a name. */
export function serviceView(object: unknown, keys: KeptKeys): ServiceView | null {
  const { metadata, spec } = parts(object);
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return null;
  const own = { namespace: capped(asString(namespace) || 'default'), name: capped(name) };
  const length = textLength(metadata, spec);
  const createdAt = timeOf(metadata.creationTimestamp);
  if (length > maxServiceText) return { ...emptyService, ...own, oversize: length };
  return {
    ...own,
    labels: textMap(metadata.labels, keys.labels),
    annotations: textMap(metadata.annotations, keys.annotations),
    owners: asObjects(metadata.ownerReferences).map(ownerOf),
    type: asString(spec.type) || 'ClusterIP',
    clusterIP: asString(spec.clusterIP),
    ...(createdAt === null ? {} : { createdAt }),
    externalName: asString(spec.externalName),
    ports: asObjects(spec.ports).map(portOf),
    selector: isEmpty(spec.selector) ? null : textMap(spec.selector),
    oversize: null,
  };
}

/** A Service reduced to its name. */
export function nameOnly({ namespace, name }: Pick<ServiceView, 'namespace' | 'name'>): ServiceView {
  return { ...emptyService, namespace, name, oversize: null };
}

const emptyService = {
  labels: {},
  annotations: {},
  owners: [],
  type: '',
  clusterIP: '',
  externalName: '',
  ports: [],
  selector: null,
};

/**
 * Characters kept of a Service besides annotations. Each entry adds a constant, roughly its cost in memory, however
 * short it is. Fields that are not kept do not count: they are not read from protobuf.
 */
function textLength(metadata: Json, spec: Json): number {
  let length = lengthOf(metadata, ['name', 'namespace']) + lengthOf(spec, ['type', 'clusterIP', 'externalName']);
  for (const owner of asObjects(metadata.ownerReferences)) length += perEntry + lengthOf(owner, ownerTexts);
  for (const port of asObjects(spec.ports)) length += perEntry + lengthOf(port, portTexts);
  return length + mapLength(metadata.labels, perEntry) + mapLength(spec.selector, perSelectorTerm);
}

const ownerTexts = ['apiVersion', 'kind', 'name', 'uid'];
const portTexts = ['name', 'protocol', 'appProtocol', 'targetPort'];

function lengthOf(object: Json, keys: readonly string[]): number {
  let length = 0;
  for (const key of keys) length += asString(getOwn(object, key)).length;
  return length;
}

function mapLength(value: unknown, perKey: number): number {
  const map = asObject(value);
  let length = 0;
  for (const key of Object.keys(map)) length += perKey + key.length + asString(getOwn(map, key)).length;
  return length;
}

/** Keeps what discovery reads of a v1 Namespace. */
export function namespaceView(object: unknown, keys: KeptKeys): NamespaceView | null {
  const { metadata } = parts(object);
  if (typeof metadata.name !== 'string') return null;
  return { name: capped(metadata.name), labels: textMap(metadata.labels, keys.namespaceLabels) };
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

/** Parses RFC 3339, or a number of milliseconds as read from protobuf. */
export function timeOf(value: unknown): number | null {
  const time = typeof value === 'number' ? value : Date.parse(asString(value).slice(0, maxValue));
  return Number.isNaN(time) ? null : time;
}

/** Keeps what discovery and comparison read of a v1 ConfigMap. */
export function configMapView(object: unknown): LiveConfigMap {
  const { metadata, body } = parts(object);
  return { annotations: annotationsOf(metadata), data: textMap(body.data), ...rememberedAt(metadata) };
}

/** When the API server last recorded a change by the field manager that owns the annotation with health's memory. */
export function rememberedAt({ managedFields }: Json): Pick<LiveConfigMap, 'rememberedAt'> {
  const times = asObjects(managedFields)
    .filter(({ fieldsV1 }) => {
      const { 'f:annotations': annotations } = asObject(asObject(asObject(fieldsV1)['f:metadata']));
      return getOwn(asObject(annotations), `f:${sourcesAnnotation}`) !== undefined;
    })
    .flatMap(({ time }) => timeOf(time) ?? []);
  return times.length > 0 ? { rememberedAt: Math.max(...times) } : {};
}

function ownerOf(owner: Json): Owner {
  const { apiVersion, kind, name, uid } = owner;
  const own = { apiVersion: asString(apiVersion), kind: asString(kind), name: asString(name) };
  return typeof uid === 'string' ? { ...own, uid } : own;
}

function portOf(port: Json): ServicePort {
  const number = typeof port.port === 'number' ? port.port : 0;
  const target = port.targetPort;
  return {
    name: asString(port.name),
    port: number,
    protocol: asString(port.protocol) || 'TCP',
    appProtocol: asString(port.appProtocol),
    // Protobuf has 0 for an absent one.
    targetPort: (typeof target === 'number' || typeof target === 'string') && target ? target : number,
  };
}

function annotationsOf(metadata: Json): Readonly<Record<string, string>> {
  const { [lastApplied]: copy, ...others } = textMap(metadata.annotations);
  return others;
}

export function parts(object: unknown): { readonly body: Json; readonly metadata: Json; readonly spec: Json } {
  const body = asObject(object);
  return { body, metadata: asObject(body.metadata), spec: asObject(body.spec) };
}

/** The texts of a map, each capped; with `keys`, only those. */
function textMap(value: unknown, keys?: Keys): Readonly<Record<string, string>> {
  const texts: [string, string][] = [];
  for (const [key, text] of Object.entries(asObject(value)))
    if (typeof text === 'string' && keys?.has(key) !== false) texts.push([key, keys ? capped(text) : text]);
  return Object.fromEntries(texts);
}

/** Cuts a long text and copies it: a substring would keep the whole text in memory. */
export function capped(text: string): string {
  return text.length <= maxValue ? text : `${Buffer.from(text.slice(0, maxValue)).toString()}…`;
}

function isEmpty(value: unknown): boolean {
  return Object.keys(asObject(value)).length === 0;
}
