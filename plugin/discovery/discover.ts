import type { Detector, ServiceView } from '../../detectors/types.ts';
import type { ProbeResult, Prober } from '../cluster/probe.ts';
import type { Cluster, EndpointsView, LiveConfigMap } from '../cluster/state.ts';
import type { ToolsetConfig } from '../settings/schema.ts';
import type { Candidate, Decision } from './decision.ts';
import { detect } from './detect.ts';
import { checkHealth } from './health.ts';
import type { Limits } from './limits.ts';
import { limitsOf, scopeOf } from './limits.ts';
import type { Selection } from './select.ts';
import { byKey, keepBest, select } from './select.ts';
import { readSources } from './sources.ts';

export interface DiscoveryInputs {
  readonly spec: ToolsetConfig['spec'];
  readonly detectors: readonly Detector[];
  readonly cluster: Cluster;
  readonly prober: Prober;
  /** Whether the consumer can be told of several backends of one toolset. */
  readonly several: boolean;
}

/** One answer about a cluster: every Service's decision, and what goes into the ConfigMap. */
export interface Discovery {
  readonly decisions: readonly Decision[];
  readonly admitted: readonly Candidate[];
  readonly live: LiveConfigMap | null;
}

/** detect, then select, then health: from all Services to those that the consumer will be told of. */
export async function discover({ spec, detectors, cluster, prober, several }: DiscoveryInputs): Promise<Discovery> {
  const scope = scopeOf(spec);
  const [services, namespaces, live] = await Promise.all([
    cluster.services(scope),
    scope === 'cluster' ? cluster.namespaces() : [],
    cluster.configMap(spec.target.configMap),
  ]);
  const limits = limitsOf(spec, detectors, namespaces);
  const judged = services.map((service) => judge(service, limits));
  const candidates = judged.flatMap(({ candidate }) => candidate ?? []);

  const endpoints: ReadonlyMap<string, EndpointsView> =
    spec.health.check === 'none'
      ? new Map()
      : await cluster.endpoints(
          candidates.map(({ service }) => service),
          scope,
        );
  const admitted = readSources(live);
  const inputs = { spec, endpoints, admitted, now: cluster.now(), prober };
  const settled = await settle(candidates, (candidate) => checkHealth(candidate, inputs));
  const selection = several ? settled.selection : keepBest(settled.selection, admitted);

  const decisions = [...judged.flatMap(({ decision }) => decision ?? []), ...conclude(selection, settled.health)];
  return { decisions: decisions.toSorted(byKey), admitted: selection.backends.toSorted(byKey), live };
}

interface Judged {
  readonly candidate?: Candidate;
  readonly decision?: Decision;
}

/** What the Service alone, and the settings, say about it. */
function judge(service: ServiceView, limits: Limits): Judged {
  const detection = detect(service, limits.enabled, limits.clusterDomain);
  if (detection?.kind === 'candidate') {
    const { candidate } = detection;
    const reason = limits.denial(candidate);
    return reason === null ? { candidate } : { decision: decide(candidate, 'denied', reason) };
  }
  const off = detect(service, limits.disabled, limits.clusterDomain);
  if (off?.kind === 'candidate') {
    const { candidate } = off;
    return { decision: decide(candidate, 'denied', `the detector ${candidate.detector.id} is switched off`) };
  }
  if (detection) return { decision: { ...detection.rejection, decision: 'rejected', endpoint: null } };
  return {
    decision: {
      service,
      decision: 'ignored',
      detector: null,
      endpoint: null,
      rule: '',
      reason: 'nothing points at a known product',
    },
  };
}

interface Settled {
  readonly selection: Selection;
  readonly health: ReadonlyMap<Candidate, ProbeResult>;
}

/** Where the best door of a backend is unhealthy, the next one gets its turn. Only doors that were chosen are asked. */
async function settle(
  candidates: readonly Candidate[],
  check: (candidate: Candidate) => Promise<ProbeResult>,
): Promise<Settled> {
  const health = new Map<Candidate, ProbeResult>();
  for (;;) {
    const selection = select(candidates.filter((candidate) => health.get(candidate)?.healthy !== false));
    const open = selection.backends.filter((candidate) => !health.has(candidate));
    if (open.length === 0) return { selection, health };
    const results = await Promise.all(open.map(check));
    for (const [index, candidate] of open.entries())
      health.set(candidate, results[index] ?? { healthy: false, reason: '' });
  }
}

function conclude({ backends, redundant }: Selection, health: ReadonlyMap<Candidate, ProbeResult>): Decision[] {
  const named = (candidate: Candidate): string => `${candidate.service.name} ${health.get(candidate)?.reason ?? ''}`;
  const unhealthy = [...health.keys()].filter((candidate) => health.get(candidate)?.healthy === false);
  return [
    ...backends.map((candidate) => decide(candidate, 'selected', `${named(candidate)}; ${schemeOf(candidate)}`)),
    ...redundant.map(({ candidate, reason }) => decide(candidate, 'redundant', reason)),
    ...unhealthy.map((candidate) => decide(candidate, 'unhealthy', named(candidate))),
  ];
}

function schemeOf({ endpoint }: Candidate): string {
  return `${endpoint.scheme} by ${endpoint.schemeFrom}`;
}

function decide(candidate: Candidate, decision: Decision['decision'], reason: string): Decision {
  const { service, detector, endpoint, rule } = candidate;
  return { service, decision, detector, endpoint, rule, reason };
}
