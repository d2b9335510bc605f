import { asObject, asObjects, asString, getOwn } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import { capped, parts, timeOf } from './projections.ts';
import type { EndpointsView } from './types.ts';

export const changeTime = 'endpoints.kubernetes.io/last-change-trigger-time';
/** The label of an EndpointSlice that names its Service. */
export const serviceName = 'kubernetes.io/service-name';

/**
 * Ports kept of one EndpointSlice; twice as many of one Service. Kubernetes allows 100: ten thousand such slices would
 * take 115 MB.
 */
const maxSlicePorts = 32;

/** Selects the EndpointSlices of the named Services; selects none without names. */
export function selectorOfServices(names: readonly string[]): string {
  return `${serviceName} in (${names.join(',')})`;
}

/** One EndpointSlice, before `mergeSlices`. */
export interface SliceView {
  readonly key: string;
  /** A Pod with an IPv4 and an IPv6 address is in a slice of each. */
  readonly addressType: string;
  readonly endpoints: EndpointsView;
}

/** Keeps what discovery reads of a v1 EndpointSlice; `null` for one that belongs to no Service. */
export function sliceView(object: unknown): SliceView | null {
  const { metadata, body } = parts(object);
  const service = getOwn(asObject(metadata.labels), serviceName);
  if (typeof service !== 'string') return null;
  const endpoints = asObjects(body.endpoints);
  const ready = endpoints.filter(isReady);
  return {
    key: keyOf({ namespace: capped(asString(metadata.namespace) || 'default'), name: capped(service) }),
    addressType: capped(asString(body.addressType)),
    endpoints: {
      ready: ready.length,
      notReady: endpoints.length - ready.length,
      changedAt: changedAtOf(metadata),
      pod: podOf(ready, metadata) ?? podOf(endpoints, metadata),
      ports: body.ports === undefined ? null : portsOf(asObjects(body.ports)),
    },
  };
}

function portsOf(ports: readonly Json[]): ReadonlyMap<string, number> {
  return new Map(
    ports
      .slice(0, maxSlicePorts)
      .flatMap(({ name, port }) => (typeof port === 'number' ? [[capped(asString(name)), port] as const] : [])),
  );
}

/**
 * Whether no ready pod has the port that the Service's port of this name leads to, so that kube-proxy refuses its
 * connections: `targetPort` names a port that no container has. False if that is not known.
 */
export function lacksPort({ ports }: EndpointsView, name: string): boolean {
  return ports !== null && ports.size < maxSlicePorts && !ports.has(name);
}

/**
 * An absent condition counts as true. With `publishNotReadyAddresses`, as on the governing Services of operators,
 * `ready` is always true: then only `serving` tells whether the pod is ready.
 */
function isReady({ conditions }: Json): boolean {
  const { ready, serving } = asObject(conditions);
  return ready !== false && serving !== false;
}

/**
 * The first pod of its own namespace that the endpoints name. Anyone who may write the slice can name a pod of another
 * namespace; that one is ignored.
 */
function podOf(endpoints: readonly Json[], { namespace }: Json): string | null {
  const own = endpoints
    .map(({ targetRef }) => asObject(targetRef))
    .find((target) => target.kind === 'Pod' && target.namespace === namespace && asString(target.name) !== '');
  return own === undefined ? null : capped(asString(own.name));
}

/**
 * When the slice last changed. Anyone who may write the slice can set the annotation, so it counts only up to the time
 * at which the API server itself recorded the last write.
 */
function changedAtOf({ annotations, managedFields, creationTimestamp }: Json): number | null {
  const annotated = timeOf(getOwn(asObject(annotations), changeTime));
  const written = asObjects(managedFields).flatMap(({ time }) => timeOf(time) ?? []);
  const writtenAt = written.length > 0 ? Math.max(...written) : null;
  if (annotated === null) return writtenAt ?? timeOf(creationTimestamp);
  return writtenAt === null ? annotated : Math.min(annotated, writtenAt);
}

/**
 * Merges the slices of each Service: sums the counts of each address type, of which the largest count, and keeps the
 * latest change.
 */
export function mergeSlices(slices: readonly SliceView[]): ReadonlyMap<string, EndpointsView> {
  const byType = new Map<string, SliceView>();
  for (const slice of slices) {
    const id = `${slice.addressType} ${slice.key}`;
    const before = byType.get(id);
    byType.set(id, before ? { ...slice, endpoints: merge(before.endpoints, slice.endpoints, sum) } : slice);
  }
  const merged = new Map<string, EndpointsView>();
  for (const { key, endpoints } of byType.values()) {
    const before = merged.get(key);
    merged.set(key, before ? merge(before, endpoints, Math.max) : endpoints);
  }
  return merged;
}

function sum(a: number, b: number): number {
  return a + b;
}

function merge(a: EndpointsView, b: EndpointsView, count: (a: number, b: number) => number): EndpointsView {
  return {
    ready: count(a.ready, b.ready),
    notReady: count(a.notReady, b.notReady),
    changedAt: a.changedAt === null || b.changedAt === null ? null : Math.max(a.changedAt, b.changedAt),
    ports: mergePorts(a, b),
    pod: (a.ready === 0 && b.ready > 0 ? b.pod : null) ?? a.pod ?? b.pod,
  };
}

/** Of ready pods before others: while pods are replaced by some with another port, these may never become ready. */
function mergePorts(a: EndpointsView, b: EndpointsView): EndpointsView['ports'] {
  if (a.ready > 0 !== b.ready > 0) return a.ready > 0 ? a.ports : b.ports;
  return a.ports && b.ports && new Map([...a.ports, ...b.ports].slice(0, 2 * maxSlicePorts));
}
