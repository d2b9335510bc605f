/**
 * A change that has to last before it is proposed: the desired content, and since when discovery has said so without
 * interruption.
 */
export interface Pending {
  /** Digest of the desired content. */
  readonly digest: string;
  readonly sinceMs: number;
}

/** Our branch as it is in the repository. */
export interface OwnBranch {
  /** Digest of its file's content. */
  readonly digest: string;
  /** Whether its newest commit was made by this program and is unchanged. */
  readonly isOurs: boolean;
  /** Whether it is based on a commit of the base branch that has its current file. */
  readonly isCurrent: boolean;
}

/** Everything that determines the decision. */
export interface ProposalState {
  /** Digest of what discovery says. */
  readonly desired: string;
  /** Digest of the file's content in the base branch. */
  readonly base: string;
  /** `null` if there is none. */
  readonly branch: OwnBranch | null;
  readonly pending: Pending | null;
  readonly settleMs: number;
  /** In milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * - `steady`: the base is right, and there is no proposal
 * - `proposed`: our branch is right already
 * - `wait`: the change has not lasted long enough
 * - `propose`: set our branch to a new commit on the base
 * - `close`: the base is right, so delete our branch
 * - `left`: the same, but people have committed to our branch
 * - `edited`: our branch is out of date, but people have committed to it
 */
export type ProposalAction =
  | { readonly kind: 'steady' | 'proposed' | 'propose' | 'close' | 'left' | 'edited' }
  | { readonly kind: 'wait'; readonly pending: Pending };

/**
 * Decides what to do. Any change of what people are asked to review must last first: a new proposal, a different one,
 * and the end of one. Other changes need no wait: a branch that was merged, or a base that has moved on.
 */
export function decide({ desired, base, branch, pending, settleMs, nowMs }: ProposalState): ProposalAction {
  const isMerged = branch?.digest === base;
  const shown = branch && !isMerged ? branch.digest : base;
  if (shown === desired) return actionIfSettled(branch, desired === base);
  const sinceMs = pending?.digest === desired ? Math.min(pending.sinceMs, nowMs) : nowMs;
  if (nowMs - sinceMs < settleMs) return { kind: 'wait', pending: { digest: desired, sinceMs } };
  if (desired === base) return { kind: branch?.isOurs === false ? 'left' : 'close' };
  return { kind: branch?.isOurs === false ? 'edited' : 'propose' };
}

/** The proposed content is right, in the base or on our branch. */
function actionIfSettled(branch: OwnBranch | null, isInBase: boolean): ProposalAction {
  if (!branch) return { kind: 'steady' };
  if (isInBase) return { kind: branch.isOurs ? 'close' : 'left' };
  // A branch with merge conflicts is useless. If people have committed to it, they decide.
  return { kind: branch.isCurrent || !branch.isOurs ? 'proposed' : 'propose' };
}
