import { custom } from '../../detectors/annotated.ts';
import type { ServicePort } from '../../detectors/types.ts';
import { pathOf } from '../cluster/evidence-projections.ts';
import type { failedProbes } from '../cluster/probe/probe-reasons.ts';
import type { ProbeRequest, ProbeResult, Prober } from '../cluster/probe/probe.ts';
import { lacksPort } from '../cluster/slice-projections.ts';
import type { EndpointsView } from '../cluster/types.ts';
import { keyOf } from '../lib/object-key.ts';
import { whenKnown } from '../lib/when-known.ts';
import { parseDurationMs } from '../lib/duration.ts';
import type { Spec } from '../settings/schema/index.ts';
import { isAnnotated } from './annotations.ts';
import type { Candidate, ProbedPart } from './decision.ts';
import { addressOf, hostOf, urlOf } from './decision.ts';
import { isGuess, isHeadless } from './endpoint.ts';
import type { PreviouslyAdmitted, PreviouslyAdmittedBackend } from './selection/previous-sources.ts';
import { sourceKey } from './selection/previous-sources.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { getOwn } from '../lib/json.ts';
import { isAcceptedPath } from './evidence/remembered.ts';
import { maxFreeWords, maxUntrustedText } from './tenant-text.ts';

/** Cluster state, settings and memory that decide about a backend's health. */
export interface HealthInputs {
  readonly spec: Spec;
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  readonly previouslyAdmitted: PreviouslyAdmitted;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `null` where probing is off. */
  readonly prober: Prober | null;
  readonly isTrusted: (namespace: string) => boolean;
  /** Set where most backends cannot be reached, so that a missing answer tells nothing about a backend. */
  readonly fromOutside?: OutsideView | null;
}

/** What a run outside the cluster relies on. */
export interface OutsideView {
  /** Time of the plugin's last decision with the same settings, in milliseconds since the epoch; `null` if unknown. */
  readonly decidedAt: number | null;
}

/** Whether a backend is healthy, and why; `message` continues the name of its Service. */
export type HealthResult = Omit<ProbeResult, keyof Reason> & Reason;

const healthyStatuses = [200, 204];

/** Largest accepted difference between clocks: a change time further in the future is invalid. */
const maxSkewMs = 5 * 60_000;

/**
 * Whether a backend may be in the ConfigMap. An admitted backend stays while its Service exists, until it has been
 * unready for `evictAfter`: a rolling restart or one lost probe changes nothing. A backend has to pass a check if it is
 * new, was evicted, or is no longer where a probe found it. Only a probe that has to be awaited returns a promise.
 */
export function checkHealth(candidate: Candidate, inputs: HealthInputs): HealthResult | Promise<HealthResult> {
  const { spec, endpoints, previouslyAdmitted, now, prober } = inputs;
  const { check, evictAfter } = spec.health;
  if (check === 'none') return { healthy: true, ...because('NotChecked') };
  const seen = endpoints.get(keyOf(candidate.service));
  const admitted = previouslyAdmitted.get(sourceKey(candidate));
  const remembered = admitted && !admitted.evicted ? rememberedProbe(admitted, candidate, inputs) : null;
  if (remembered) return { ...retain(candidate, seen, now, evictAfter), ...remembered };
  if (seen && !isServed(candidate, seen)) return { healthy: false, ...whyNotServed(candidate, seen) };
  const request = check === 'http' ? requestFor(candidate, spec) : null;
  if (!request) return byReadiness(candidate, seen);
  const fromOutside = (because: Reason): HealthResult => healthWithoutProbe(candidate, inputs, because);
  if (!prober)
    return inputs.fromOutside
      ? fromOutside(because('ReadyNotProbed', { ready: seen?.ready ?? 0 }))
      : byReadiness(candidate, seen);
  return whenKnown(prober(request), (one) =>
    inputs.fromOutside && unreachable.has(one.reason)
      ? fromOutside(because('ReadyNotReached', { ready: seen?.ready ?? 0, why: one.message }))
      : withinTrust(one, candidate, inputs),
  );
}

/** Whether a ready Pod answers behind the Service's port, as far as EndpointSlices tell. */
export function isServed(candidate: Candidate, seen: EndpointsView): boolean {
  return seen.ready > 0 && missingPortOf(candidate, seen) === null;
}

function whyNotServed(candidate: Candidate, seen: EndpointsView): Reason {
  const missing = missingPortOf(candidate, seen);
  if (seen.ready === 0 || missing === null) return because('NotReady', { endpoints: seen.notReady });
  const { port, targetPort } = missing;
  return because('PortNotServed', { ready: seen.ready, port, targetPort: String(targetPort) });
}

/**
 * The Service's port of the endpoint, if its `targetPort` names a port that no ready Pod has. For a headless Service, DNS
 * gives the Pods' addresses. EndpointSlices with other names of ports than the Service's are not made from it, and do
 * not tell.
 */
function missingPortOf({ service, endpoint }: Candidate, seen: EndpointsView): ServicePort | null {
  if (endpoint.foreign || isHeadless(service) || service.type === 'ExternalName') return null;
  const own = service.ports.find(({ protocol, port }) => protocol === 'TCP' && port === endpoint.port);
  if (typeof own?.targetPort !== 'string' || !lacksPort(seen, own.name)) return null;
  const names = new Set(service.ports.map(({ name }) => name));
  return seen.ports?.keys().every((name) => names.has(name)) === true ? own : null;
}

/** Probe results that depend on where the probe ran, and tell nothing about the backend. */
const unreachable: ReadonlySet<string> = new Set<keyof typeof failedProbes>([
  'ProbeTimeout',
  'ProbeDeadline',
  'ConnectionRefused',
  'ConnectionClosed',
  'HostUnknown',
  'DnsUnavailable',
  'ProbeFailed',
  'NotProbed',
]);

/**
 * Decides by EndpointSlices, with `ready` as the reason. A backend that the plugin left out, and that has not changed
 * since as far as can be told, stays out.
 */
function healthWithoutProbe(
  candidate: Candidate,
  { endpoints, previouslyAdmitted, fromOutside }: HealthInputs,
  ready: Reason,
): HealthResult {
  const { service } = candidate;
  const seen = endpoints.get(keyOf(service));
  const before = previouslyAdmitted.get(sourceKey(candidate));
  if (before?.evicted) return { healthy: false, ...because('EvictedNotProbed') };
  const decidedAt = fromOutside?.decidedAt ?? null;
  const changedAt = Math.max(service.createdAt ?? Infinity, seen?.changedAt ?? Infinity);
  if (!before && decidedAt !== null && changedAt < decidedAt) return { healthy: false, ...because('NotTakenBefore') };
  const health = byReadiness(candidate, seen);
  return health.reason === 'Ready' ? { ...health, ...ready } : health;
}

/** A path in a backend's own answer is text from its namespace, with the same limits as an annotation. */
function withinTrust(result: ProbeResult, candidate: Candidate, inputs: HealthInputs): HealthResult {
  const { prefix } = result;
  if (prefix === undefined || mayPrecede(prefix, candidate, inputs)) return result;
  const { namespace } = candidate.service;
  const values = { path: JSON.stringify(prefix), length: maxUntrustedText, words: maxFreeWords, namespace };
  return { healthy: false, ...because('UntrustedPrefix', values) };
}

function mayPrecede(prefix: string, candidate: Candidate, { isTrusted }: HealthInputs): boolean {
  return isAcceptedPath(`${prefix}${candidate.endpoint.path}`, candidate, isTrusted);
}

type RememberedProbe = Pick<ProbeResult, 'needsCredential' | 'needsTenant' | 'scheme' | 'prefix' | 'host'>;

/** What a probe found out when the backend was new; `null` where its path or host no longer fits the endpoint. */
function rememberedProbe(
  { url, needsCredential, needsTenant, probed }: PreviouslyAdmittedBackend,
  candidate: Candidate,
  inputs: HealthInputs,
): RememberedProbe | null {
  const found = probed.length === 0 ? {} : probedPartsOf(url, probed, candidate, inputs);
  if (found === null) return null;
  const { endpoint } = candidate;
  const { host = endpoint.host, prefix = '' } = found;
  const scheme = endpoint.scheme === 'http' ? 'https' : 'http';
  const isSettled =
    isGuess(endpoint) && url === urlOf({ ...endpoint, scheme, host, path: `${prefix}${endpoint.path}` });
  return { ...found, needsCredential, needsTenant, ...(isSettled ? { scheme } : {}) };
}

/** Path and host that a probe found out; `null` unless the rest of the URL, except the scheme, is as detected. */
function probedPartsOf(
  url: string,
  probed: readonly ProbedPart[],
  candidate: Candidate,
  inputs: HealthInputs,
): Pick<ProbeResult, 'prefix' | 'host'> | null {
  const { endpoint, service } = candidate;
  const [, host = '', port, path = ''] = /^https?:\/\/([^/:]+):(\d+)((?:\D.*)?)$/.exec(url) ?? [];
  const hosts = probed.includes('host') ? hostNamesOf(candidate, inputs.spec) : [endpoint.host];
  const prefix = prefixBefore(path, endpoint.path);
  if (Number(port) !== endpoint.port || !hosts.includes(host) || prefix === null) return null;
  const isAcceptedPrefix = probed.includes('path') && !isAnnotated(service) && mayPrecede(prefix, candidate, inputs);
  if (prefix !== '' && !isAcceptedPrefix) return null;
  return { ...(prefix === '' ? {} : { prefix }), ...(host === endpoint.host ? {} : { host }) };
}

/** The part of a path in front of `end`; `null` where the path ends differently, or that part is not a plain path. */
function prefixBefore(path: string, end: string): string | null {
  return path.endsWith(end) ? (pathOf(path.slice(0, path.length - end.length)) ?? null) : null;
}

/** The Service's names in cluster DNS, the endpoint's first; empty where the endpoint is on another host. */
function hostNamesOf({ endpoint: { host, foreign }, service }: Candidate, { discovery }: Spec): readonly string[] {
  const short = `${service.name}.${service.namespace}`;
  const all = [hostOf(service, discovery.clusterDomain), `${short}.svc`, short];
  return foreign ? [] : [host, ...all.filter((name) => name !== host)];
}

function byReadiness({ service }: Candidate, seen: EndpointsView | undefined): HealthResult {
  if (service.type === 'ExternalName') return { healthy: true, ...because('ReadinessUnknown') };
  if (!seen) return { healthy: false, ...because('NoEndpointSlice') };
  return { healthy: true, ...because('Ready', { ready: seen.ready }) };
}

/**
 * The probe's request. A path set by users may answer anything, so only its status counts. `null` for backends that do
 * not speak HTTP, and for an API below a path without a declared health check: a GET of some paths changes something.
 */
function requestFor(candidate: Candidate, spec: Spec): ProbeRequest | null {
  const { detector, endpoint, service, healthPath } = candidate;
  const { probe } = detector;
  const { scheme, host, port, path } = endpoint;
  if (!probe || (scheme !== 'http' && scheme !== 'https')) return null;
  const tuned = getOwn(spec.detectors, detector.id);
  if (detector === custom && path !== '' && healthPath === null) return null;
  const ownPath = healthPath ?? tuned?.healthPath;
  return {
    namespace: service.namespace,
    service: endpoint.foreign ? null : { name: service.name, port: servicePortOf(candidate) },
    detector: detector.id,
    scheme,
    target: `${host}:${String(port)}${path}${ownPath ?? probe.path}`,
    access: probe.access === undefined ? null : `${host}:${String(port)}${path}${probe.access}`,
    clusterIP: addressOf(candidate),
    accept: tuned?.acceptStatus ?? probe.accept ?? healthyStatuses,
    contains: ownPath === undefined ? probe.contains : [],
    settleScheme: isGuess(endpoint),
    findPrefix: ownPath === undefined && probe.contains.length > 0 && !isAnnotated(service),
    hostNames: hostNamesOf(candidate, spec),
    timeoutSeconds: tuned?.timeoutSeconds ?? spec.health.timeoutSeconds,
    attempts: tuned?.attempts ?? spec.health.attempts,
    intervalSeconds: spec.health.intervalSeconds,
  };
}

/** The Service's port for the endpoint; for a headless Service, the endpoint has the Pods' port. */
function servicePortOf({ endpoint, service: { ports } }: Candidate): number {
  const { port } = endpoint;
  const own = ports.find((one) => one.port === port) ?? ports.find(({ targetPort }) => targetPort === port);
  return own?.port ?? (ports.length === 1 ? ports[0]?.port : undefined) ?? port;
}

function retain(candidate: Candidate, seen: EndpointsView | undefined, now: number, evictAfter: string): HealthResult {
  const { service } = candidate;
  if (!seen && service.type === 'ExternalName') return { healthy: true, ...because('AlreadyAdmitted') };
  // A new Service gets its EndpointSlice within seconds: one without any counts as unready since its creation.
  if (!seen && service.createdAt === undefined) return { healthy: false, ...because('NoEndpointSlice') };
  if (seen && isServed(candidate, seen)) return { healthy: true, ...because('AlreadyAdmitted') };
  const since = seen ? seen.changedAt : (service.createdAt ?? null);
  if (since === null) return { healthy: true, ...because('UnreadySinceUnknown') };
  const unreadyMs = now - since;
  if (seen && unreadyMs < -maxSkewMs) {
    return { healthy: false, ...because('ChangeTimeInFuture', { seconds: Math.ceil(-unreadyMs / 1000) }) };
  }
  const values = { seconds: Math.max(0, Math.floor(unreadyMs / 1000)), evictAfter };
  return unreadyMs < parseDurationMs(evictAfter)
    ? { healthy: true, ...because('UnreadyRecently', values) }
    : { healthy: false, ...because('UnreadyTooLong', values) };
}
