import { custom } from '../../detectors/annotated.ts';
import type { ProbeRequest, ProbeResult, Prober } from '../cluster/probe.ts';
import type { EndpointsView } from '../cluster/types.ts';
import { keyOf } from '../lib/object-key.ts';
import { parseDurationMs } from '../lib/duration.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Candidate, Endpoint } from './decision.ts';
import { urlOf } from './decision.ts';
import type { PreviouslyAdmitted, PreviouslyAdmittedBackend } from './previous-sources.ts';
import { sourceKey } from './previous-sources.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { getOwn } from '../lib/json.ts';

/** What the state of the cluster says about a backend's health. */
export interface HealthInputs {
  readonly spec: ToolsetConfig['spec'];
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  readonly previouslyAdmitted: PreviouslyAdmitted;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `null` where nothing is probed. */
  readonly prober: Prober | null;
}

/** Whether a backend is healthy, and why; `message` continues the name of its Service. */
export type HealthResult = Omit<ProbeResult, keyof Reason> & Reason;

const healthyStatuses = [200, 204];

/** A change time this far ahead of our clock is a difference between clocks; one further ahead is invalid. */
const maxSkewMs = 5 * 60_000;

/**
 * Whether a backend may be in the ConfigMap. What is in already stays while its Service exists, until it has been
 * unready for `evictAfter`: a rolling restart or one lost probe changes nothing. What is new, or was evicted, has to
 * prove itself. Only a probe that has to be awaited is a promise.
 */
export function checkHealth(candidate: Candidate, inputs: HealthInputs): HealthResult | Promise<HealthResult> {
  const { spec, endpoints, previouslyAdmitted, now, prober } = inputs;
  const { check, evictAfter } = spec.health;
  if (check === 'none') return { healthy: true, ...because('NotChecked') };
  const seen = endpoints.get(keyOf(candidate.service));
  const admitted = previouslyAdmitted.get(sourceKey(candidate));
  if (admitted && !admitted.evicted) {
    return { ...retain(candidate, seen, now, evictAfter), ...earlierProbe(admitted, candidate.endpoint) };
  }
  if (seen?.ready === 0) return { healthy: false, ...because('NotReady', { endpoints: seen.notReady }) };
  const request = check === 'http' ? requestFor(candidate, spec) : null;
  return request && prober ? prober(request) : byReadiness(candidate, seen);
}

/** What a probe found out when the backend was new, as far as it is still the same endpoint. */
function earlierProbe(
  { url, needsCredential }: PreviouslyAdmittedBackend,
  endpoint: Endpoint,
): Pick<ProbeResult, 'needsCredential' | 'scheme'> {
  const scheme = endpoint.scheme === 'http' ? 'https' : 'http';
  const settled = isGuess(endpoint) && url === urlOf({ ...endpoint, scheme });
  return { needsCredential, ...(settled ? { scheme } : {}) };
}

/** Whether nothing in the Service told the scheme, so that a probe may. */
function isGuess({ schemeFrom }: Endpoint): boolean {
  return schemeFrom.startsWith('default of');
}

function byReadiness({ service }: Candidate, seen: EndpointsView | undefined): HealthResult {
  if (service.type === 'ExternalName') return { healthy: true, ...because('ReadinessUnknown') };
  if (!seen) return { healthy: false, ...because('NoEndpointSlice') };
  return { healthy: true, ...because('Ready', { ready: seen.ready }) };
}

/**
 * A path of the user's own may answer anything: then the status alone counts. `null` for what does not speak HTTP, and for
 * an API below a path of which nothing says how to ask for its health: a GET of some paths changes something.
 */
function requestFor(
  { detector, endpoint, service, healthPath }: Candidate,
  spec: ToolsetConfig['spec'],
): ProbeRequest | null {
  const { probe } = detector;
  const { scheme, host, port, path } = endpoint;
  if (!probe || (scheme !== 'http' && scheme !== 'https')) return null;
  const tuned = getOwn(spec.detectors, detector.id);
  if (detector === custom && path !== '' && healthPath === null) return null;
  const ownPath = healthPath ?? tuned?.healthPath;
  return {
    namespace: service.namespace,
    detector: detector.id,
    scheme,
    target: `${host}:${String(port)}${path}${ownPath ?? probe.path}`,
    access: probe.access === undefined ? null : `${host}:${String(port)}${path}${probe.access}`,
    clusterIP: service.clusterIP,
    accept: tuned?.acceptStatus ?? probe.accept ?? healthyStatuses,
    contains: ownPath === undefined ? probe.contains : [],
    settleScheme: isGuess(endpoint),
    timeoutSeconds: tuned?.timeoutSeconds ?? spec.health.timeoutSeconds,
    attempts: tuned?.attempts ?? spec.health.attempts,
    intervalSeconds: spec.health.intervalSeconds,
  };
}

function retain(
  { service }: Candidate,
  seen: EndpointsView | undefined,
  now: number,
  evictAfter: string,
): HealthResult {
  if (!seen && service.type === 'ExternalName') return { healthy: true, ...because('AlreadyAdmitted') };
  // Its EndpointSlice follows a new Service within seconds: a Service without one counts as unready from the beginning.
  if (!seen && service.createdAt === undefined) return { healthy: false, ...because('NoEndpointSlice') };
  if (seen && seen.ready > 0) return { healthy: true, ...because('AlreadyAdmitted') };
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
