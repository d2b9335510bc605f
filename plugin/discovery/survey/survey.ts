import type { Detector, ServiceView } from '../../../detectors/types.ts';
import type { NamespaceScope, NamespaceView } from '../../cluster/types.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { Decision } from '../decision.ts';
import type { ConsumerCapabilities, ServiceEvaluation } from './evaluate-service.ts';
import { narrowToConsumer, neutralEvaluator } from './evaluate-service.ts';
import type { NamespacePolicy } from '../scope-and-filters.ts';
import { allowsNamespace, filtersOf } from '../scope-and-filters.ts';
import type { ReferenceTargets } from './reference-targets.ts';
import { referenceTargetsOf } from './reference-targets.ts';
import { byKey } from '../selection/deduplicate.ts';

/** Everything that was read, and the settings and policy to evaluate it with. */
export interface SurveyInputs {
  readonly spec: Spec;
  readonly detectors: readonly Detector[];
  readonly policy: NamespacePolicy | null;
  readonly isTrusted: (namespace: string) => boolean;
  readonly scope: NamespaceScope;
  /** As read, before the policy is applied. */
  readonly services: readonly ServiceView[];
  /** The namespaces whose labels settings may select by. */
  readonly listed: readonly NamespaceView[];
  /** All known namespaces, by name. */
  readonly namespaces: readonly NamespaceView[];
}

/** The evaluation of each Service by itself, regardless of the consumer. */
export interface Survey {
  /** The Services that the policy allows. */
  readonly services: readonly ServiceView[];
  readonly referenceTargets: ReferenceTargets;
  /** Candidates and suspects, some of which the consumer may not support. */
  readonly open: readonly ServiceEvaluation[];
  /** Decisions about all other Services, sorted by key. */
  readonly decided: readonly Decision[];
}

/** Evaluates each Service by itself. */
export function surveyOf(inputs: SurveyInputs): Survey {
  const { spec, detectors, policy, isTrusted, scope, listed, namespaces } = inputs;
  const services = policy
    ? inputs.services.filter(({ namespace }) => allowsNamespace(policy, namespace))
    : inputs.services;
  const evaluateNeutrally = neutralEvaluator(spec, detectors, filtersOf(spec, listed, isTrusted));
  const open: ServiceEvaluation[] = [];
  const decided: Decision[] = [];
  for (const service of services) {
    const evaluation = evaluateNeutrally(service);
    if (evaluation.candidate || evaluation.suspect) open.push(evaluation);
    else decided.push(evaluation.decision);
  }
  return {
    services,
    referenceTargets: referenceTargetsOf(spec, { scope, services, namespaces, policy }),
    open,
    decided: decided.sort(byKey),
  };
}

/** The candidates and suspects that the consumer supports. */
export function supportedBy({ open }: Survey, consumer: ConsumerCapabilities): readonly ServiceEvaluation[] {
  return open.map((evaluation) => narrowToConsumer(evaluation, consumer));
}

/** Merges a few decisions into those of the survey, sorted by key. The latter may be as many as there are Services. */
export function withDecided({ decided }: Survey, others: readonly Decision[]): readonly Decision[] {
  const parts: (readonly Decision[])[] = [];
  let from = 0;
  for (const one of others.toSorted(byKey)) {
    const to = firstBehind(decided, one, from);
    parts.push(decided.slice(from, to), [one]);
    from = to;
  }
  return [...parts, decided.slice(from)].flat();
}

/** Binary search for the first decision after `one`, starting at `from`. */
function firstBehind(sorted: readonly Decision[], one: Decision, from: number): number {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle];
    if (at && byKey(at, one) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For several targets: the same Services are evaluated once per distinct settings. */
export function memoizedSurvey(): typeof surveyOf {
  const known = new WeakMap<readonly ServiceView[], { readonly inputs: SurveyInputs; readonly survey: Survey }[]>();
  return (inputs) => {
    const before = known.get(inputs.services) ?? [];
    known.set(inputs.services, before);
    const same = before.find((one) => haveSameRules(one.inputs, inputs));
    if (same) return same.survey;
    const survey = surveyOf(inputs);
    before.push({ inputs, survey });
    return survey;
  };
}

/** Targets of one Application share these parts of the settings as the same objects. */
function haveSameRules(one: SurveyInputs, other: SurveyInputs): boolean {
  return (
    one.detectors === other.detectors &&
    one.policy === other.policy &&
    one.spec.discovery === other.spec.discovery &&
    one.spec.detectors === other.spec.detectors &&
    one.spec.customDetectors === other.spec.customDetectors &&
    one.spec.trust === other.spec.trust
  );
}
