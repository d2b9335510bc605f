import type { ProbeRequest, ProbeResult, Prober } from '../cluster/probe.ts';
import type { EndpointsView } from '../cluster/state.ts';
import { milliseconds } from '../settings/duration.ts';
import type { ToolsetConfig } from '../settings/schema.ts';
import type { Candidate } from './decision.ts';
import { keyOf, urlOf } from './decision.ts';
import { admittedKey } from './sources.ts';

/** What the state of the cluster says about a backend's health. */
export interface HealthInputs {
  readonly spec: ToolsetConfig['spec'];
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  /** `toolset namespace/name` of what is in the live ConfigMap. */
  readonly admitted: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly prober: Prober;
}

/**
 * Whether a backend may be in the ConfigMap. What is in already stays while its Service exists, until it has been
 * unready for `evictAfter`: a rolling restart or one lost probe changes nothing. What is new has to prove itself.
 */
export async function checkHealth(candidate: Candidate, inputs: HealthInputs): Promise<ProbeResult> {
  const { spec, endpoints, admitted, now, prober } = inputs;
  const settings = spec.health;
  if (settings.check === 'none') return { healthy: true, reason: 'health is not checked' };
  const seen = endpoints.get(keyOf(candidate.service));
  if (admitted.has(admittedKey(candidate))) return retain(seen, now, settings.evictAfter);
  if (seen?.ready === 0) return { healthy: false, reason: `has no ready endpoint (0 of ${String(seen.notReady)})` };
  if (settings.check === 'http')
    return prober(questionFor(candidate, spec.detectors[candidate.detector.id]?.healthPath));
  if (candidate.service.type === 'ExternalName')
    return { healthy: true, reason: 'is outside of the cluster: nothing tells its readiness' };
  if (!seen) return { healthy: false, reason: 'has no EndpointSlice' };
  return { healthy: true, reason: `has ${String(seen.ready)} ready` };
}

/** A path of the user's own may answer anything: then the status alone counts. */
function questionFor({ detector, endpoint, service }: Candidate, healthPath: string | undefined): ProbeRequest {
  return {
    url: urlOf(endpoint) + (healthPath ?? detector.probe.path),
    clusterIP: service.clusterIP,
    contains: healthPath === undefined ? detector.probe.contains : [],
  };
}

function retain(seen: EndpointsView | undefined, now: number, evictAfter: string): ProbeResult {
  if (!seen || seen.ready > 0) return { healthy: true, reason: 'is in the ConfigMap already' };
  if (seen.changedAt === null)
    return { healthy: true, reason: 'is in the ConfigMap already; since when it is unready is not known' };
  const unready = now - seen.changedAt;
  const forTime = `unready for ${String(Math.max(0, Math.floor(unready / 1000)))} s`;
  return unready < milliseconds(evictAfter)
    ? { healthy: true, reason: `is in the ConfigMap already, and ${forTime}: evictAfter is ${evictAfter}` }
    : { healthy: false, reason: `is ${forTime}, longer than evictAfter ${evictAfter}` };
}
