import type { Detector, ServiceView } from '../../../detectors/types.ts';
import type { NamespaceScope, NamespaceView } from '../../cluster/types.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import type { Decision } from '../decision.ts';
import type { ConsumerCapabilities, Evaluation } from './evaluate-service.ts';
import { judgedFor, serviceJudge } from './evaluate-service.ts';
import type { NamespacePolicy } from '../scope-and-filters.ts';
import { allowsNamespace, filtersOf } from '../scope-and-filters.ts';
import type { Seen } from './seen.ts';
import { seenOf } from './seen.ts';
import { byKey } from '../selection/deduplicate.ts';

type Spec = ToolsetConfig['spec'];

/** What is surveyed: everything that was read, and by what it is judged. */
export interface SurveyInputs {
  readonly spec: Spec;
  readonly detectors: readonly Detector[];
  readonly policy: NamespacePolicy | null;
  readonly isTrusted: (namespace: string) => boolean;
  readonly scope: NamespaceScope;
  /** As they were read; the policy has not been asked. */
  readonly services: readonly ServiceView[];
  /** The namespaces whose labels settings may select by. */
  readonly listed: readonly NamespaceView[];
  /** All that are known, by name. */
  readonly namespaces: readonly NamespaceView[];
}

/** What each Service is by itself, whatever the consumer takes. */
export interface Survey {
  /** Those that the policy allows. */
  readonly services: readonly ServiceView[];
  readonly seen: Seen;
  /** Candidates and suspects, which a consumer may not take. */
  readonly open: readonly Evaluation[];
  /** What is decided about all others, by their keys. */
  readonly decided: readonly Decision[];
}

/** Judges each Service of a reading by itself. */
export function surveyOf(inputs: SurveyInputs): Survey {
  const { spec, detectors, policy, isTrusted, scope, listed, namespaces } = inputs;
  const services = policy
    ? inputs.services.filter(({ namespace }) => allowsNamespace(policy, namespace))
    : inputs.services;
  const judge = serviceJudge(spec, detectors, filtersOf(spec, listed, isTrusted));
  const open: Evaluation[] = [];
  const decided: Decision[] = [];
  for (const service of services) {
    const evaluation = judge(service);
    if (evaluation.candidate || evaluation.suspect) open.push(evaluation);
    else if (evaluation.decision) decided.push(evaluation.decision);
  }
  return { services, seen: seenOf(spec, { scope, services, namespaces, policy }), open, decided: decided.sort(byKey) };
}

/** What a consumer takes of the candidates and suspects. */
export function openFor({ open }: Survey, consumer: ConsumerCapabilities): readonly Evaluation[] {
  return open.map((evaluation) => judgedFor(evaluation, consumer));
}

/** These decisions among those of the survey, by the keys of their Services: they are few, and those are as many as there are Services. */
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

/** Where the first of these is that comes after `one`, from `from` on. */
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

/**
 * The same for the discoveries of several targets: Services that were read once are judged once by the same settings, and
 * anew by others.
 */
export function surveyOnce(): typeof surveyOf {
  const known = new WeakMap<readonly ServiceView[], { readonly inputs: SurveyInputs; readonly survey: Survey }[]>();
  return (inputs) => {
    const before = known.get(inputs.services) ?? [];
    known.set(inputs.services, before);
    const same = before.find((one) => isJudgedAlike(one.inputs, inputs));
    if (same) return same.survey;
    const survey = surveyOf(inputs);
    before.push({ inputs, survey });
    return survey;
  };
}

/** Targets of one Application have these parts of the settings in common, as the same objects. */
function isJudgedAlike(one: SurveyInputs, other: SurveyInputs): boolean {
  return (
    one.detectors === other.detectors &&
    one.policy === other.policy &&
    one.spec.discovery === other.spec.discovery &&
    one.spec.detectors === other.spec.detectors &&
    one.spec.customDetectors === other.spec.customDetectors &&
    one.spec.trust === other.spec.trust
  );
}
