import type { Detector, ServiceView } from '../../detectors/types.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { AnnotationRules } from './annotations.ts';
import { readAnnotations } from './annotations.ts';
import { compileCustomDetector } from './match/custom-detector.ts';
import type { Candidate, Decision, Rejection, ToolsetClaim } from './decision.ts';
import { decide } from './decision.ts';
import { detectWith } from './match/detect.ts';
import type { Filters } from './scope-and-filters.ts';
import { chosenDetectors } from './scope-and-filters.ts';

/** What the consumer can be told. */
export interface ConsumerCapabilities {
  /** For people: `HolmesGPT 0.45`. */
  readonly title: string;
  readonly supports: (candidate: ToolsetClaim) => boolean;
  /** Whether it takes several backends of a toolset. */
  readonly supportsMultiple: (candidate: ToolsetClaim) => boolean;
}

/** A Service that stays in the running, or what was decided about it already. */
export interface Evaluation {
  readonly candidate?: Candidate;
  readonly decision?: Decision;
}

/** What a Service alone, and the settings, say about it. Authority: annotation, then custom detector, then built-in. */
export function serviceEvaluator(
  spec: ToolsetConfig['spec'],
  builtIn: readonly Detector[],
  filters: Filters,
  consumer: ConsumerCapabilities,
): (service: ServiceView) => Evaluation {
  const { clusterDomain } = spec.discovery;
  const { enabled, disabled } = chosenDetectors(spec, builtIn);
  const active = [...spec.customDetectors.map(compileCustomDetector), ...enabled];
  const detectActive = detectWith(active, clusterDomain);
  const detectDisabled = detectWith(disabled, clusterDomain);
  const rules: AnnotationRules = {
    detectors: active,
    disabled,
    clusterDomain,
    foreignEndpoints: spec.trust.foreignEndpoints,
  };

  return (service) => {
    const detection = detectActive(service);
    const detected = detection?.kind === 'candidate' ? detection.candidate : null;
    const annotated = readAnnotations(service, rules);
    if (annotated?.kind === 'out') return denied(service, detected, 'its annotation kubernaut.io/toolset opts out');
    if (annotated?.kind === 'denied') return denied(service, detected, annotated.reason);
    const candidate = annotated ? annotated.apply(detected) : detected;
    if (typeof candidate === 'string') return denied(service, detected, candidate);
    if (candidate) {
      const unknown = consumer.supports(candidate)
        ? null
        : `${consumer.title} has no toolset for ${candidate.detector.title}`;
      const reason = filters.denial(candidate) ?? unknown;
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

function denied(service: ServiceView, detected: Candidate | null, reason: string): Evaluation {
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

function unclaimed(service: ServiceView, rejection: Rejection | null): Decision {
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
