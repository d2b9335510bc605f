/** A change that is waited for: what the file is to say, and since when discovery says so without a break. */
export interface Pending {
  /** Digest of what the file is to say. */
  readonly digest: string;
  readonly sinceMs: number;
}

/** The own branch as it is in the repository. */
export interface OwnBranch {
  /** Digest of what its file says. */
  readonly digest: string;
  /** Whether its newest commit was made by this program, and changed by no one. */
  readonly isOurs: boolean;
  /** Whether it was made on the file that the base has now. */
  readonly isCurrent: boolean;
}

/** All that decides what is done. */
export interface Situation {
  /** Digest of what discovery says. */
  readonly desired: string;
  /** Digest of what the file says in the base. */
  readonly base: string;
  /** `null` where there is none. */
  readonly branch: OwnBranch | null;
  readonly pending: Pending | null;
  readonly settleMs: number;
  /** Since the epoch. */
  readonly nowMs: number;
}

/**
 * - `steady`: the base says it, and there is no proposal
 * - `proposed`: the own branch says it already
 * - `wait`: the change has not lasted long enough
 * - `propose`: the own branch is to be set to a new commit on the base
 * - `close`: the base says it, so the own branch is to go
 * - `left`: the same, but people have committed to the own branch
 * - `edited`: the own branch should say something else, but people have committed to it
 */
export type Decision =
  | { readonly kind: 'steady' | 'proposed' | 'propose' | 'close' | 'left' | 'edited' }
  | { readonly kind: 'wait'; readonly pending: Pending };

/**
 * What is to be done. Whatever changes what people are asked to review has to last: a new proposal, another one, and the end
 * of one. What changes nothing of that does not wait: a branch that was merged, or a base that has moved on.
 */
export function decide({ desired, base, branch, pending, settleMs, nowMs }: Situation): Decision {
  const isMerged = branch?.digest === base;
  const shown = branch && !isMerged ? branch.digest : base;
  if (shown === desired) return whereShown(branch, desired === base);
  const sinceMs = pending?.digest === desired ? Math.min(pending.sinceMs, nowMs) : nowMs;
  if (nowMs - sinceMs < settleMs) return { kind: 'wait', pending: { digest: desired, sinceMs } };
  if (desired === base) return { kind: branch?.isOurs === false ? 'left' : 'close' };
  return { kind: branch?.isOurs === false ? 'edited' : 'propose' };
}

/** What is shown is right: in the base, or on the own branch. */
function whereShown(branch: OwnBranch | null, isInBase: boolean): Decision {
  if (!branch) return { kind: 'steady' };
  if (isInBase) return { kind: branch.isOurs ? 'close' : 'left' };
  // A merge that conflicts is of no use. With commits of people on it, they decide.
  return { kind: branch.isCurrent || !branch.isOurs ? 'proposed' : 'propose' };
}
