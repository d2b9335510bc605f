import type { Detector, ServiceView } from '../../../detectors/types.ts';
import { maxServiceText } from '../../cluster/projections.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { AnnotationRules } from '../annotations.ts';
import { annotationWithoutOptIn, applyAnnotations, dnsLabel, optInOf, withAnnotatedTenant } from '../annotations.ts';
import type { Candidate, Decision, Rejection, Suspect, ToolsetClaim } from '../decision.ts';
import { decide } from '../decision.ts';
import { withIssuersName } from '../endpoint.ts';
import { compileCustomDetector } from '../match/custom-detector.ts';
import type { Detect, Detection } from '../match/detect.ts';
import { detectWith } from '../match/detect.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import type { Filters } from '../scope-and-filters.ts';
import { chosenDetectors } from '../scope-and-filters.ts';

/** What discovery needs to know about the consumer. */
export interface ConsumerCapabilities {
  /** Name in messages: `HolmesGPT 0.45`. */
  readonly title: string;
  readonly supports: (claim: ToolsetClaim) => boolean;
  readonly isBuiltIn: (toolset: string) => boolean;
  /** Whether a toolset may have several backends. */
  readonly supportsMultiple: (claim: ToolsetClaim) => boolean;
  /** Whether the consumer is told the label that a store uses for namespaces, and what selects this cluster. */
  readonly usesLabels: boolean;
}

/** A candidate for selection, or a decision that needs only the Service and the settings. */
export type ServiceEvaluation =
  | { readonly candidate: Candidate; readonly decision?: never; readonly suspect?: never; readonly others?: never }
  | {
      readonly decision: Decision;
      /** What evidence beyond the Service may turn it into; absent where the decision stands. */
      readonly suspect?: Candidate;
      /** What else evidence may turn it into. */
      readonly others?: readonly Candidate[];
      readonly candidate?: never;
    };

/** The evaluations that evidence beyond the Service may overturn. */
export function suspectsIn(evaluations: Iterable<ServiceEvaluation>): Suspect[] {
  const suspects: Suspect[] = [];
  for (const { suspect, others = [], decision } of evaluations)
    if (suspect) suspects.push({ candidate: suspect, others, decision });
  return suspects;
}

/** The settings and detectors for the evaluation of every Service. */
interface Rules extends AnnotationRules {
  readonly detect: Detect;
  readonly detectDisabled: Detect;
  readonly filters: Filters;
}

/** Evaluates a Service by itself, for these settings and a consumer. Compiled once for many Services. */
export function serviceEvaluator(
  spec: Spec,
  builtIn: readonly Detector[],
  filters: Filters,
  consumer: ConsumerCapabilities,
): (service: ServiceView) => ServiceEvaluation {
  const evaluateNeutrally = neutralEvaluator(spec, builtIn, filters);
  return (service) => narrowToConsumer(evaluateNeutrally(service), consumer);
}

/**
 * Evaluates a Service by itself, for these settings and any consumer. Order of authority: annotation, custom detector,
 * built-in detector. Compiled once for many Services.
 */
export function neutralEvaluator(
  spec: Spec,
  builtIn: readonly Detector[],
  filters: Filters,
): (service: ServiceView) => ServiceEvaluation {
  const { clusterDomain } = spec.discovery;
  const { enabled, disabled } = chosenDetectors(spec, builtIn);
  const detectors = [...spec.customDetectors.map(compileCustomDetector), ...enabled];
  const rules: Rules = {
    detect: detectWith(detectors, clusterDomain),
    detectDisabled: detectWith(disabled, clusterDomain),
    filters,
    detectors,
    disabled,
    clusterDomain,
    foreignEndpoints: spec.trust.foreignEndpoints,
    isTrusted: filters.isTrusted,
  };
  return (service) => evaluate(service, rules);
}

/** Narrows an evaluation to a consumer: a candidate that it has no toolset for is denied, such a suspect is dropped. */
export function narrowToConsumer(evaluation: ServiceEvaluation, consumer: ConsumerCapabilities): ServiceEvaluation {
  const { candidate, decision } = evaluation;
  if (candidate) {
    const denial = unsupported(candidate, consumer);
    return denial ? { decision: decide(candidate, 'denied', denial) } : evaluation;
  }
  return { decision, ...suspectsOf(evaluation, (one) => unsupported(one, consumer) === null) };
}

/** Those of the suspects that are kept, the first of them before the others. */
function suspectsOf(
  { suspect, others = [] }: Pick<Rejection, 'suspect' | 'others'>,
  isKept: (suspect: Candidate) => boolean,
): Pick<Rejection, 'suspect' | 'others'> {
  const [first, ...rest] = (suspect ? [suspect, ...others] : []).filter(isKept);
  return { ...(first ? { suspect: first } : {}), ...(rest.length > 0 ? { others: rest } : {}) };
}

function evaluate(service: ServiceView, rules: Rules): ServiceEvaluation {
  const oversize = oversizeReason(service);
  if (oversize) return denied(service, null, oversize, 'size');
  const detection = rules.detect(service);
  const detected = detection?.kind === 'candidate' ? detection.candidate : null;
  const optIn = optInOf(service);
  if (optIn !== null && optIn !== 'in') return denied(service, detected, optIn);
  const product = productWithoutPort(detection);
  const described = optIn === null ? detected : applyAnnotations(service, detected, product, rules);
  const claim = described && !('reason' in described) ? withAnnotatedTenant(described, rules) : described;
  if (claim === null) {
    const rejection = detection?.kind === 'rejection' ? detection.rejection : null;
    const suspects = rejection ? suspectsOf(rejection, (one) => denialOf(one, rules) === null) : {};
    return { decision: unclaimed(service, rejection, rules), ...suspects };
  }
  if ('reason' in claim) return denied(service, detected, claim);
  const candidate = withIssuersName(claim);
  const denial = denialOf(candidate, rules);
  return denial ? { decision: decide(candidate, 'denied', denial) } : { candidate };
}

/** The detector that identifies the product of a Service, but knows none of its ports: an annotation may name one. */
function productWithoutPort(detection: Detection): Detector | null {
  return detection?.kind === 'rejection' && detection.rejection.reason === 'NoQueryPort'
    ? detection.rejection.detector
    : null;
}

function denialOf(candidate: Candidate, { filters }: Rules): Reason | null {
  return invalidNameReason(candidate.service) ?? filters.denial(candidate);
}

/** Why a Service is too large to be evaluated, or `null`. */
export function oversizeReason({ oversize }: ServiceView): Reason | null {
  return oversize === null ? null : because('ServiceTooLarge', { length: oversize, limit: maxServiceText });
}

/** Both names go into the output unchanged; invalid ones can only come from an edited recording, not from a cluster. */
function invalidNameReason({ namespace, name }: ServiceView): Reason | null {
  return dnsLabel.test(namespace) && dnsLabel.test(name) ? null : because('ServiceNameInvalid');
}

/** Git may give a custom detector a built-in toolset's name, but a Service's name must not expand to one. */
function unsupported(candidate: Candidate, consumer: ConsumerCapabilities): Reason | null {
  const { detector, toolset } = candidate;
  if (toolset !== detector.toolset && detector.template !== undefined && consumer.isBuiltIn(toolset))
    return because('ToolsetBuiltIn', { detector: detector.id, toolset, consumer: consumer.title });
  if (consumer.supports(candidate)) return null;
  return because('ToolsetUnsupported', { consumer: consumer.title, product: candidate.detector.title });
}

function denied(
  service: ServiceView,
  detected: Candidate | null,
  reason: Reason,
  rule = 'annotation',
): { readonly decision: Decision } {
  if (detected) return { decision: decide(detected, 'denied', reason) };
  return { decision: { ...noDetection, ...reason, service, decision: 'denied', rule } };
}

/** Decision for a Service that no detector claims: a disabled one would, or it only resembled a product, or neither. */
function unclaimed(service: ServiceView, rejection: Rejection | null, { detectDisabled }: Rules): Decision {
  const off = detectDisabled(service);
  if (off?.kind === 'candidate') {
    const { candidate } = off;
    return decide(candidate, 'denied', because('DetectorOff', { detector: candidate.detector.id }));
  }
  const key = annotationWithoutOptIn(service);
  if (key !== null) return denied(service, null, because('ToolsetAnnotationMissing', { key })).decision;
  if (!rejection) return { ...noDetection, ...noEvidence, service, decision: 'ignored', rule: '' };
  if (rejection.reason === 'PortOnly') {
    const { reason, message } = rejection;
    return { ...noDetection, reason, message, service, decision: 'ignored', rule: '' };
  }
  const { detector, rule, reason, message } = rejection;
  return {
    service,
    decision: 'rejected',
    detector,
    toolset: detector.toolset,
    endpoint: null,
    rule,
    reason,
    message,
  };
}

const noDetection = { detector: null, toolset: null, endpoint: null };
const noEvidence = because('NoEvidence');
