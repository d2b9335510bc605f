import { compare, inTurns, namespaceKey } from '../../lib/object-key.ts';
import type { Candidate } from '../decision.ts';
import type { Redundancy } from './deduplicate.ts';
import { byKey, frontRank } from './deduplicate.ts';
import { hostProductOf } from '../host-product.ts';
import type { PreviouslyAdmitted } from './previous-sources.ts';
import { sourceKey } from './previous-sources.ts';

/** What ranks backends besides their own properties. */
export interface RankingContext {
  /** The backends in the live ConfigMap. */
  readonly previouslyAdmitted: PreviouslyAdmitted;
  readonly isTrusted: (namespace: string) => boolean;
  /** Rank of a backend, compared number by number, smallest first; by default its kind and its place decide. */
  readonly rankOf?: (candidate: Candidate) => readonly number[];
}

/** Where the same backend was admitted through another Service, its place passes to the new one. */
export function withInheritedPlaces(context: RankingContext, redundant: readonly Redundancy[]): RankingContext {
  const places = new Map(context.previouslyAdmitted);
  for (const { candidate, winner } of redundant) {
    const before = places.get(sourceKey(candidate));
    const own = places.get(sourceKey(winner));
    if (before && before.place < (own?.place ?? Infinity)) {
      places.set(sourceKey(winner), { ...(own ?? before), place: before.place });
    }
  }
  return { ...context, previouslyAdmitted: places };
}

/**
 * The order in which the consumer lists several backends; people take the first one for the default. In
 * trusted namespaces, a backend's kind counts more than its place; in others, place comes first, so
 * that only later ones can be put behind.
 */
export function byPreference(candidates: readonly Candidate[], context: RankingContext): readonly Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, rank: context.rankOf?.(candidate) ?? rankOf(candidate, context) }))
    .sort((a, b) => compareRanks(a.rank, b.rank) || byKey(a.candidate, b.candidate))
    .map(({ candidate }) => candidate);
}

function rankOf(candidate: Candidate, { previouslyAdmitted, isTrusted }: RankingContext): readonly number[] {
  const place = previouslyAdmitted.get(sourceKey(candidate))?.place ?? Infinity;
  const purpose = hostProductOf(candidate) === null ? 0 : 1;
  const front = frontRank(candidate);
  return isTrusted(candidate.service.namespace) ? [0, purpose, place, front] : [1, place, purpose, front];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index === -1 ? 0 : compare(a[index] ?? 0, b[index] ?? 0);
}

/** The candidates with their namespaces in turns. */
export function roundRobin(candidates: readonly Candidate[]): readonly Candidate[] {
  return inTurns(candidates, ({ service }) => namespaceKey(service));
}

/** All candidates of trusted namespaces in their order, then the other namespaces in turns. */
export function trustedFirst(
  candidates: readonly Candidate[],
  isTrusted: (namespace: string) => boolean,
): readonly Candidate[] {
  const isOfTrusted = ({ service }: Candidate): boolean => isTrusted(service.namespace);
  return [...candidates.filter(isOfTrusted), ...roundRobin(candidates.filter((one) => !isOfTrusted(one)))];
}
