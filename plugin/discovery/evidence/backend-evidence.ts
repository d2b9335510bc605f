import type { Detector } from '../../../detectors/types.ts';
import type { EndpointsView } from '../../cluster/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import { whenKnown } from '../../lib/when-known.ts';
import type { Candidate, Proof } from '../decision.ts';
import type { Memory, PreviouslyAdmittedBackend } from '../selection/previous-sources.ts';
import { sourceKey } from '../selection/previous-sources.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import { withEvidence } from './apply.ts';
import { evidenceIn } from './facts.ts';
import type { EvidenceAnswer, EvidenceQuestion, EvidenceReader } from './question.ts';
import { questionOf } from './question.ts';
import { isRetryable, isTooLarge } from './reader.ts';
import { isStale, withRemembered } from './remembered.ts';
import type { UnreadEvidence } from './unread.ts';

/** Inputs of the search for evidence. */
export interface EvidenceInputs {
  /** `null` where no evidence is read. */
  readonly evidence: EvidenceReader | null;
  readonly memory: Memory;
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  readonly isTrusted: (namespace: string) => boolean;
  /** Collects what could not be read. */
  readonly unread: UnreadEvidence;
}

/**
 * The candidate corrected by its custom resource or one of its Pods, or the reason for rejecting it. What was read
 * before is read again only when the Pods change; where a read fails, the previous result stays.
 */
export function withBackendEvidence(
  candidate: Candidate,
  inputs: EvidenceInputs,
): Candidate | Reason | Promise<Candidate | Reason> {
  // A user's annotation tells where the API is: nothing to look up.
  if (candidate.endpoint.schemeFrom === 'annotation') return candidate;
  const known = recall(candidate, inputs);
  const { remembered, question } = known;
  if (remembered && known.isCurrent) return remembered;
  if (!question || !inputs.evidence) return remembered ?? candidate;
  return whenKnown(inputs.evidence(question), (answer): Candidate | Reason => {
    if (answer === 'pending') return remembered ?? (known.before ? candidate : because('EvidencePending'));
    const corrected = correctedBy(answer, question, candidate, known, inputs);
    if (corrected) return corrected;
    const proofs = emptyProofs(answer, remembered);
    return proofs.length > 0 ? { ...candidate, proofs } : (remembered ?? candidate);
  });
}

/** What is known about a candidate before anything is read. */
export interface PriorKnowledge {
  readonly endpoints: EndpointsView | undefined;
  readonly before: PreviouslyAdmittedBackend | undefined;
  /** The candidate with what was read in earlier runs; `null` where nothing was. */
  readonly remembered: Candidate | null;
  /** Whether nothing has changed since then. */
  readonly isCurrent: boolean;
  /** What may be read about it; `null` for a new backend that is not ready, as it is read when it can be taken. */
  readonly question: EvidenceQuestion | null;
}

/** The Pod is read for these other products as well. */
export function recall(
  candidate: Candidate,
  { evidence, memory, isTrusted, ...inputs }: EvidenceInputs,
  others: readonly Detector[] = [],
): PriorKnowledge {
  const endpoints = inputs.endpoints.get(keyOf(candidate.service));
  const before = memory.admitted.get(sourceKey(candidate));
  const remembered = withRemembered(candidate, before, endpoints, isTrusted);
  const isWaiting = !before && endpoints?.ready === 0;
  return {
    endpoints,
    before,
    remembered,
    isCurrent: remembered !== null && before !== undefined && !isStale(candidate, before, memory, endpoints),
    question: evidence && !isWaiting ? questionOf(candidate, endpoints, others) : null,
  };
}

/** The candidate corrected by an answer; `null` where the answer does not concern it. */
export function correctedBy(
  answer: EvidenceAnswer,
  question: EvidenceQuestion,
  candidate: Candidate,
  { endpoints }: PriorKnowledge,
  { unread, isTrusted }: EvidenceInputs,
): Candidate | Reason | null {
  unread.note(candidate, question, answer);
  const found = evidenceIn(answer, question, candidate, endpoints);
  return found && withEvidence(candidate, found, endpoints, isTrusted);
}

/**
 * Objects that were read and tell nothing: remembered, so that they are not read again. Empty where one may become
 * readable later, and where an earlier result came from an object that is too large now.
 */
export function emptyProofs(answer: EvidenceAnswer, remembered: Candidate | null): Proof[] {
  if (isRetryable(answer) || (remembered && isTooLarge(answer))) return [];
  const { resource, pod } = answer;
  return [
    ...(resource ? [{ by: 'resource', parts: [] } as const] : []),
    ...(pod ? [{ by: 'pods', parts: [] } as const] : []),
  ];
}
