import { outputFieldsOf } from '../../plugin/discovery/decision.ts';
import type { Verdict } from './judge.ts';
import { isSame } from './judge.ts';
import { isLookAlike } from './score.ts';

/** What became of the Services of one product or set. */
export interface Outcomes {
  /** Endpoints that a consumer should be told of. */
  readonly endpoints: number;
  /** Those that it is told of, with the right URL. */
  readonly right: number;
  /** Taken with another port, scheme or path. */
  readonly broken: number;
  /** Not taken. */
  readonly missed: number;
  /** Services that are taken for a product, and are not it. */
  readonly wrong: number;
  /** Services of the product that are taken beside a better one, or that no consumer should be told of. */
  readonly needless: number;
  /** The same, but marked as special-purpose: another product brought them for itself. */
  readonly specialPurpose: number;
}

export type Outcome = Exclude<keyof Outcomes, 'endpoints'>;

/** In one word what became of an entry; `null` where it was rightly left out. */
function outcomeOf({ entry: { expected }, decision, miss }: Verdict): Outcome | null {
  const isTaken = decision?.decision === 'selected';
  if (isTaken && (isLookAlike({ expected }) || !isSame(expected.type ?? '', decision.detector?.id))) return 'wrong';
  if (isLookAlike({ expected })) return null;
  if (expected.preferred === true) return isTaken ? (miss === null ? 'right' : 'broken') : 'missed';
  if (!isTaken) return null;
  return outputFieldsOf(decision).specialPurpose === true ? 'specialPurpose' : 'needless';
}

/** The product on whose account an entry is: what it is taken for where that is wrong, else what it is. */
export function productOf(verdict: Verdict): string | null {
  const { entry, decision } = verdict;
  return outcomeOf(verdict) === 'wrong' ? (decision?.detector?.id ?? null) : entry.expected.type;
}

export function countOutcomes(verdicts: readonly Verdict[]): Outcomes {
  const all = verdicts.map(outcomeOf);
  const count = (outcome: Outcome): number => all.filter((one) => one === outcome).length;
  const endpoints = verdicts.filter(
    ({ entry: { expected } }) => expected.preferred === true && !isLookAlike({ expected }),
  );
  return {
    endpoints: endpoints.length,
    right: count('right'),
    broken: count('broken'),
    missed: count('missed'),
    wrong: count('wrong'),
    needless: count('needless'),
    specialPurpose: count('specialPurpose'),
  };
}
