import type { Detector, ServiceView } from '../../detectors/types.ts';
import type { ProbeResult, Prober } from '../cluster/probe.ts';
import type { Cluster, EndpointsView, LiveConfigMap } from '../cluster/state.ts';
import type { ToolsetConfig } from '../settings/schema.ts';
import type { AnnotationRules } from './annotations.ts';
import { readAnnotations } from './annotations.ts';
import { compileCustomDetector } from './custom-detector.ts';
import type { Candidate, Decision } from './decision.ts';
import { detectWith } from './detect.ts';
import { checkHealth } from './health.ts';
import type { Fence, Limits } from './limits.ts';
import { chosenDetectors, inFence, limitsOf, scopeOf } from './limits.ts';
import { matches } from './pattern.ts';
import type { Selection } from './select.ts';
import { byKey, byPreference, keepBest, select, specialPurposeOf } from './select.ts';
import { readSources } from './sources.ts';

export interface DiscoveryInputs {
  readonly spec: ToolsetConfig['spec'];
  /** The built-in ones; those of the settings go before them. */
  readonly detectors: readonly Detector[];
  readonly cluster: Cluster;
  readonly prober: Prober;
  readonly consumer: Consumer;
  /** `null` where no policy is set. */
  readonly fence: Fence | null;
}

/** What the consumer can be told. */
export interface Consumer {
  /** For people: `HolmesGPT 0.45`. */
  readonly title: string;
  readonly knows: (toolset: string) => boolean;
  /** Whether it takes several backends of a toolset. */
  readonly several: (toolset: string) => boolean;
}

/** One answer about a cluster: every Service's decision, and what goes into the ConfigMap. */
export interface Discovery {
  readonly decisions: readonly Decision[];
  /** In the order in which the consumer is told of them. */
  readonly admitted: readonly Candidate[];
  readonly live: LiveConfigMap | null;
}

/** detect, then select, then health: from all Services to those that the consumer will be told of. */
export async function discover({
  spec,
  detectors,
  cluster,
  prober,
  consumer,
  fence,
}: DiscoveryInputs): Promise<Discovery> {
  const scope = scopeOf(spec, fence);
  const [all, namespaces, live] = await Promise.all([
    cluster.services(scope),
    scope === 'cluster' ? cluster.namespaces() : [],
    cluster.configMap(spec.target.configMap),
  ]);
  const services = fence ? all.filter(({ namespace }) => inFence(fence, namespace)) : all;
  const judge = judgeWith(spec, detectors, limitsOf(spec, namespaces), consumer);
  const judged = services.map(judge);
  const candidates = judged.flatMap(({ candidate }) => candidate ?? []);

  const endpoints =
    spec.health.check === 'none'
      ? nothing
      : await cluster.endpoints(
          candidates.map(({ service }) => service),
          scope,
        );
  const memory = readSources(live);
  const inputs = { spec, endpoints, memory, now: cluster.now(), prober };
  const settled = await settle(candidates, (candidate) => checkHealth(candidate, inputs));
  const isTrusted = (namespace: string): boolean => matches(spec.trust.namespaces, namespace);
  const selection = keepBest(settled.selection, { memory, isTrusted }, consumer.several);

  const decisions = [...judged.flatMap(({ decision }) => decision ?? []), ...conclude(selection, settled.health)];
  return {
    decisions: decisions.toSorted(byKey),
    admitted: selection.backends
      .map((candidate) => learned(candidate, settled.health))
      .toSorted(byPreference({ memory, isTrusted })),
    live,
  };
}

const nothing: ReadonlyMap<string, EndpointsView> = new Map();

interface Judged {
  readonly candidate?: Candidate;
  readonly decision?: Decision;
}

/** What a Service alone, and the settings, say about it. Authority: annotation, then custom detector, then built-in. */
function judgeWith(
  spec: ToolsetConfig['spec'],
  builtIn: readonly Detector[],
  limits: Limits,
  consumer: Consumer,
): (service: ServiceView) => Judged {
  const { clusterDomain } = spec.discovery;
  const { enabled, disabled } = chosenDetectors(spec, builtIn);
  const active = [...spec.customDetectors.map(compileCustomDetector), ...enabled];
  const detectActive = detectWith(active, clusterDomain);
  const detectDisabled = detectWith(disabled, clusterDomain);
  const rules: AnnotationRules = { detectors: active, clusterDomain, foreignEndpoints: spec.trust.foreignEndpoints };

  return (service) => {
    const detection = detectActive(service);
    const detected = detection?.kind === 'candidate' ? detection.candidate : null;
    const annotated = readAnnotations(service, rules);
    if (annotated?.kind === 'out') return denied(service, detected, 'its annotation kubernaut.io/toolset opts out');
    if (annotated?.kind === 'denied') return denied(service, detected, annotated.reason);
    const candidate = annotated ? annotated.apply(detected) : detected;
    if (typeof candidate === 'string') return denied(service, detected, candidate);
    if (candidate) {
      const unknown = consumer.knows(candidate.toolset)
        ? null
        : `${consumer.title} has no toolset for ${candidate.detector.title}`;
      const reason = limits.denial(candidate) ?? unknown;
      return reason === null ? { candidate } : { decision: decide(candidate, 'denied', reason) };
    }
    const off = detectDisabled(service);
    if (off?.kind === 'candidate') {
      const { id } = off.candidate.detector;
      return {
        decision: decide(off.candidate, 'denied', `the detector ${id} is off: detectors.${id}.enabled switches it on`),
      };
    }
    return { decision: unclaimed(service, detection?.kind === 'rejection' ? detection.rejection : null) };
  };
}

function denied(service: ServiceView, detected: Candidate | null, reason: string): Judged {
  if (detected) return { decision: decide(detected, 'denied', reason) };
  return {
    decision: {
      service,
      decision: 'denied',
      detector: null,
      toolset: null,
      endpoint: null,
      rule: 'annotation',
      reason,
    },
  };
}

function unclaimed(
  service: ServiceView,
  rejection: { readonly detector: Detector; readonly rule: string; readonly reason: string } | null,
): Decision {
  if (rejection) {
    const { detector, rule, reason } = rejection;
    return { service, decision: 'rejected', detector, toolset: detector.toolset, endpoint: null, rule, reason };
  }
  return {
    service,
    decision: 'ignored',
    detector: null,
    toolset: null,
    endpoint: null,
    rule: '',
    reason: 'nothing points at a known product',
  };
}

type Health = ReadonlyMap<Candidate, ProbeResult>;

/** Where the best door of a backend is unhealthy, the next one gets its turn. Only doors that were chosen are asked. */
async function settle(
  candidates: readonly Candidate[],
  check: (candidate: Candidate) => Promise<ProbeResult>,
): Promise<{ readonly selection: Selection; readonly health: Health }> {
  const health = new Map<Candidate, ProbeResult>();
  for (;;) {
    const selection = select(candidates.filter((candidate) => health.get(candidate)?.healthy !== false));
    const open = selection.backends.filter((candidate) => !health.has(candidate));
    if (open.length === 0) return { selection, health };
    const results = await Promise.all(open.map(async (candidate) => [candidate, await check(candidate)] as const));
    for (const [candidate, result] of results) health.set(candidate, result);
  }
}

/** A candidate with what its probe found out. */
function learned(candidate: Candidate, health: Health): Candidate {
  const { scheme, needsCredential = false } = health.get(candidate) ?? {};
  if (scheme === undefined) return { ...candidate, needsCredential };
  return { ...candidate, needsCredential, endpoint: { ...candidate.endpoint, scheme, schemeFrom: 'the probe' } };
}

function conclude({ backends, redundant }: Selection, health: Health): Decision[] {
  const told = (candidate: Candidate): string => `${candidate.service.name} ${health.get(candidate)?.reason ?? ''}`;
  const unhealthy = [...health.keys()].filter((candidate) => health.get(candidate)?.healthy === false);
  return [
    ...backends.map((candidate) => {
      const known = learned(candidate, health);
      const { scheme, schemeFrom } = known.endpoint;
      return decide(known, 'selected', [told(candidate), `${scheme} by ${schemeFrom}`, ...purpose(known)].join('; '));
    }),
    ...redundant.map(({ candidate, reason }) => decide(candidate, 'redundant', reason)),
    ...unhealthy.map((candidate) => decide(candidate, 'unhealthy', told(candidate))),
  ];
}

function purpose({ service }: Candidate): string[] {
  const host = specialPurposeOf(service);
  return host === null ? [] : [`special-purpose (${host}), never the default`];
}

function decide(candidate: Candidate, decision: Decision['decision'], reason: string): Decision {
  const { service, detector, toolset, endpoint, rule } = candidate;
  return { service, decision, detector, toolset, endpoint, rule, reason };
}
