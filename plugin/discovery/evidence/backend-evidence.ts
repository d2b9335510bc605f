import type { EndpointsView } from '../../cluster/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Candidate, Proof } from '../decision.ts';
import type { Memory } from '../previous-sources.ts';
import { sourceKey } from '../previous-sources.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import { withEvidence } from './apply.ts';
import { evidenceIn } from './facts.ts';
import type { EvidenceAnswer, EvidenceReader } from './question.ts';
import { questionOf } from './question.ts';
import { isOpen, isTooLarge } from './reader.ts';
import { isStale, withRemembered } from './remembered.ts';
import type { UnreadEvidence } from './unread.ts';

/** What evidence is looked for with. */
export interface EvidenceInputs {
  /** `null` where none is read. */
  readonly evidence: EvidenceReader | null;
  readonly memory: Memory;
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  readonly isTrusted: (namespace: string) => boolean;
  /** Gets what could not be read. */
  readonly unread: UnreadEvidence;
}

/**
 * The candidate as its custom resource or one of its Pods knows it better, or why it is none. What was read before is not
 * asked again, until its pods change; where it cannot be read, what is known stays.
 */
export function withBackendEvidence(
  candidate: Candidate,
  inputs: EvidenceInputs,
): Candidate | Reason | Promise<Candidate | Reason> {
  const { evidence, memory } = inputs;
  const before = memory.admitted.get(sourceKey(candidate));
  // A person's annotation says where it is.
  if (candidate.endpoint.schemeFrom === 'annotation') return candidate;
  const endpoints = inputs.endpoints.get(keyOf(candidate.service));
  // It is not taken before it is ready, and is read then.
  if (!before && endpoints?.ready === 0) return candidate;
  const remembered = withRemembered(candidate, before, endpoints, inputs.isTrusted);
  if (remembered && before && !isStale(candidate, before, memory, endpoints)) return remembered;
  const question = evidence && questionOf(candidate, endpoints);
  if (!question) return remembered ?? candidate;
  const use = (answer: EvidenceAnswer | 'pending'): Candidate | Reason => {
    if (answer === 'pending') return remembered ?? (before ? candidate : because('EvidencePending'));
    inputs.unread.note(candidate, question, answer);
    const found = evidenceIn(answer, question, candidate, endpoints);
    if (found) return withEvidence(candidate, found, endpoints, inputs.isTrusted);
    const asked = askedIn(answer, remembered);
    return asked.length > 0 ? { ...candidate, proofs: asked } : (remembered ?? candidate);
  };
  const answer = evidence(question);
  return answer instanceof Promise ? answer.then(use) : use(answer);
}

/**
 * Objects that were looked for and say nothing: remembered, so that they are not looked for again. Empty where one may be
 * readable later, and where what is remembered was read of one that is too large now.
 */
export function askedIn(answer: EvidenceAnswer, remembered: Candidate | null): Proof[] {
  if (isOpen(answer) || (remembered && isTooLarge(answer))) return [];
  const { resource, pod } = answer;
  return [
    ...(resource ? [{ by: 'resource', parts: [] } as const] : []),
    ...(pod ? [{ by: 'pods', parts: [] } as const] : []),
  ];
}
