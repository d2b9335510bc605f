import type { ServiceView } from '../../../detectors/types.ts';
import { memoize } from '../../lib/memoize.ts';
import type { Candidate, Decision, Suspect } from '../decision.ts';
import type { HealthResult } from '../health.ts';
import { sourceKey } from '../selection/previous-sources.ts';
import type { RankingContext } from '../selection/ranking.ts';
import { byPreference, roundRobin } from '../selection/ranking.ts';
import { because } from '../reasons.ts';
import { withEvidence } from './apply.ts';
import type { EvidenceInputs, PriorKnowledge } from './backend-evidence.ts';
import { emptyProofs, recall, correctedBy } from './backend-evidence.ts';
import { evidenceIn } from './facts.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';
import { changedSince } from './remembered.ts';

/**
 * Maximum number of suspects that are looked at; namespaces take turns. All of them fit into the memory of unproved
 * ones, so that in a steady state none is read again. The rest keep the decisions based on their Services.
 */
const maxSuspects = 100;
/** Maximum number of these that are read in one run. */
const maxAsked = 50;

export interface SuspectInputs extends EvidenceInputs, RankingContext {
  /** Asks the suspect for the product's identity; `null` where nothing is probed or it cannot be asked. */
  readonly identify: (suspect: Candidate) => HealthResult | Promise<HealthResult> | null;
}

/** Result for the suspects. */
export interface ProvedSuspects {
  /** Treated as ordinary candidates from here on. */
  readonly proved: readonly Candidate[];
  readonly decisions: readonly Decision[];
  /** Remembered, so that they are not read again. */
  readonly unproved: readonly Candidate[];
}

type Outcome = { readonly proved: Candidate } | { readonly decision: Decision; readonly unproved?: Candidate };

/** Suspects with no Pods in common with a candidate, up to the limit. */
export function openSuspects(
  suspects: readonly Suspect[],
  candidates: readonly Candidate[],
  { memory, ...context }: Pick<EvidenceInputs, 'memory'> & RankingContext,
): { readonly open: readonly Suspect[]; readonly closed: readonly Suspect[] } {
  const taken = new Set(candidates.map(({ service }) => podsOf(service)));
  const free = suspects.flatMap((suspect) =>
    taken.has(podsOf(suspect.candidate.service)) ? [] : withAdmittedFirst(suspect, memory),
  );
  const bySuspect = new Map(free.map((suspect) => [suspect.candidate, suspect]));
  const inOrder = roundRobin(byPreference([...bySuspect.keys()], context));
  const [admitted = [], others = []] = partition(inOrder, (one) => memory.admitted.has(sourceKey(one)));
  const [unproved = [], fresh = []] = partition(others.slice(0, maxSuspects), (one) =>
    memory.unproved.has(sourceKey(one)),
  );
  const chosen = new Set([...admitted, ...unproved, ...fresh.slice(0, maxAsked)]);
  const open = [...chosen].flatMap((candidate) => bySuspect.get(candidate) ?? []);
  const services = new Set(open.map(({ candidate }) => candidate.service));
  return { open, closed: suspects.filter(({ candidate }) => !services.has(candidate.service)) };
}

/** As the product as which it is in the ConfigMap already. */
function withAdmittedFirst(
  { candidate, others = [], decision }: Suspect,
  { admitted }: EvidenceInputs['memory'],
): Suspect {
  const all = [candidate, ...others];
  const first = all.find((one) => admitted.has(sourceKey(one))) ?? candidate;
  return { candidate: first, others: all.filter((one) => one !== first), decision };
}

function partition(
  candidates: readonly Candidate[],
  isFirst: (candidate: Candidate) => boolean,
): readonly Candidate[][] {
  return [candidates.filter(isFirst), candidates.filter((candidate) => !isFirst(candidate))];
}

/** Accepts the suspects that their custom resource, one of their Pods or the answer to a probe proves. */
export async function proveSuspects(suspects: readonly Suspect[], inputs: SuspectInputs): Promise<ProvedSuspects> {
  const outcomes = await Promise.all(suspects.map((suspect) => prove(suspect, inputs)));
  const unproved = outcomes.flatMap((outcome) => ('unproved' in outcome ? (outcome.unproved ?? []) : []));
  return {
    proved: outcomes.flatMap((outcome) => ('proved' in outcome ? outcome.proved : [])),
    decisions: outcomes.flatMap((outcome) => ('decision' in outcome ? outcome.decision : [])),
    unproved: byPreference(unproved, inputs),
  };
}

async function prove(suspect: Suspect, inputs: SuspectInputs): Promise<Outcome> {
  const { candidate, others = [], decision } = suspect;
  const { evidence, memory } = inputs;
  const known = recall(
    candidate,
    inputs,
    others.map(({ detector }) => detector),
  );
  const { remembered, question, endpoints } = known;
  if (remembered && known.isCurrent) return { proved: remembered };
  const wasUnproved = memory.unproved.has(sourceKey(candidate));
  if (wasUnproved && !changedSince(memory.writtenAt, endpoints)) return notProved(suspect, ['what was asked earlier']);
  const unproved = wasUnproved ? { unproved: candidate } : {};
  const otherwise: Outcome = remembered ? { proved: remembered } : { decision, ...unproved };
  // Taken only when it is ready, and read then.
  if (!known.before && endpoints?.ready === 0) return otherwise;
  const answer = question && evidence ? await evidence(question) : {};
  if (answer === 'pending') return otherwise;
  const corrected = question && correctedBy(answer, question, candidate, known, inputs);
  if (corrected && 'reason' in corrected) return { decision: { ...decision, ...corrected } };
  if (corrected && hasProvedPath(corrected))
    return { proved: { ...corrected, tier: corrected.proofs?.at(-1)?.by === 'resource' ? 1 : 2 } };
  const other = question && otherByPod(others, answer, question, { endpoints, isTrusted: inputs.isTrusted });
  if (other) return { proved: { ...other, tier: 2 } };
  let isProbed = false;
  for (const one of [candidate, ...others]) {
    const identity = one.entryPoint.needsProof ? null : await inputs.identify(one);
    if (identity?.identified === true) return { proved: identifiedBy(one) };
    isProbed ||= identity !== null;
  }
  const asked = [...namesOf(answer), ...(isProbed ? ['its answer to a probe'] : [])];
  const isOpen = question !== null && emptyProofs(answer, remembered).length === 0;
  return asked.length === 0 || isOpen ? otherwise : notProved(suspect, asked);
}

/** The first of these products that a Pod proves; `undefined` for none. */
function otherByPod(
  others: readonly Candidate[],
  { pod }: EvidenceAnswer,
  question: EvidenceQuestion,
  { endpoints, isTrusted }: Pick<PriorKnowledge, 'endpoints'> & Pick<EvidenceInputs, 'isTrusted'>,
): Candidate | undefined {
  if (pod === undefined) return undefined;
  return others
    .values()
    .map((one) => {
      const found = evidenceIn({ pod }, { ...question, resource: null }, one, endpoints);
      return found && withEvidence(one, found, endpoints, isTrusted);
    })
    .find((one): one is Candidate => one !== null && !('reason' in one) && hasProvedPath(one));
}

/** An entry point with `needsProof` is proved only if the evidence told its path. */
function hasProvedPath({ entryPoint, endpoint }: Candidate): boolean {
  return entryPoint.needsProof !== true || endpoint.path !== (entryPoint.path ?? '');
}

function identifiedBy(candidate: Candidate): Candidate {
  return {
    ...candidate,
    tier: 4,
    rule: `${candidate.rule}; confirmed by a probe`,
    proofs: [{ by: 'probe', parts: [] }],
  };
}

function namesOf({ resource, pod }: EvidenceAnswer): string[] {
  return [...(resource ? ['its custom resource'] : []), ...(pod ? ['a Pod'] : [])];
}

function notProved({ candidate, decision }: Suspect, asked: readonly string[]): Outcome {
  const reason = because('NotProved', { why: decision.message, asked: asked.join(' and ') });
  const { detector, toolset, rule } = candidate;
  return { decision: { ...decision, decision: 'rejected', detector, toolset, rule, ...reason }, unproved: candidate };
}

/** Equal for Services with the same Pods. Memoized, because `serve` asks again for each ConfigMap at each change. */
const podsOf = memoize(({ namespace, name, selector }: ServiceView): string => {
  const terms = selector === null ? name : Object.entries(selector).sort();
  return JSON.stringify([namespace, terms]);
});
