import type { Clock } from '../lib/clock.ts';
import { isPluginError, PluginError } from '../lib/errors.ts';
import { printable } from '../lib/messages/text.ts';
import type { OwnBranch, Pending } from './decide.ts';
import { decide } from './decide.ts';
import type { Forge, PullRequest, PullRequestText } from './forge/forge.ts';
import { closePullRequests, isDeclined, keepPullRequest } from './forge/keep-pull-request.ts';
import type { Entry, Refs, RefUpdate, Workspace } from './git/workspace.ts';
import { notAFileError } from './git/workspace.ts';
import type { PendingStore } from './pending.ts';
import { pendingRef } from './pending.ts';
import { readSealed, sealedMessage } from './seal.ts';
import type { TargetRefs } from './target.ts';

/** Desired content of a file. */
export interface Content {
  /** Digest of the desired content. */
  readonly digest: string;
  /** Digest of a text's content; `null` stands for a missing file. Fails with VALUES_INVALID. */
  readonly digestIn: (text: string | null) => string;
  /** The new text of the file, derived from that of the base. */
  readonly textFor: (base: string | null) => string;
  /** What changes, and why: the commit message, and the text of its pull request. */
  readonly describe: (base: string | null) => ContentText;
}

export interface ContentText extends PullRequestText {
  readonly message: string;
}

export interface ProposeInputs {
  readonly refs: TargetRefs;
  /** Path of the file in the repository. */
  readonly file: string;
  readonly content: Content;
  readonly settleMs: number;
  readonly clock: Pick<Clock, 'epochMs'>;
  /** Where a pending change is kept; `null` for a reference of the repository. */
  readonly store: PendingStore | null;
  readonly forge: Forge | null;
  /** If set, nothing is written anywhere. */
  readonly isDryRun: boolean;
}

/**
 * - `unchanged`: the base is right
 * - `waiting`: the change has not lasted long enough
 * - `proposed`: our branch was set to a new commit
 * - `standing`: our branch is right already
 * - `declined`: people have closed the pull request for exactly this proposal
 * - `closed`: our branch was deleted
 * - `left`: there is nothing left to propose, but people have committed to our branch
 */
export interface ProposalOutcome {
  readonly kind: 'unchanged' | 'waiting' | 'proposed' | 'standing' | 'declined' | 'closed' | 'left';
  readonly pending?: Pending;
  readonly commit?: string;
  readonly message?: string;
  readonly pullRequest?: string;
}

/** How often the repository is reread after another writer was faster. */
const maxAttempts = 4;

/**
 * One step towards a repository in which the result of discovery is in the base, or proposed on our branch. Rereads
 * everything if another writer was faster. Fails with BRANCH_EDITED if people have committed to that branch, with
 * REPOSITORY_MOVED, and as git, the forge and the content do.
 */
export async function propose(workspace: Workspace, inputs: ProposeInputs): Promise<ProposalOutcome> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const outcome = await new Attempt(workspace, inputs, await workspace.refs(namesOf(inputs.refs))).run();
    if (outcome !== 'moved') return outcome;
  }
  throw new PluginError(
    'REPOSITORY_MOVED',
    `${inputs.refs.branch} was changed by another writer ${String(maxAttempts)} times before it could be pushed`,
    { hint: 'run one proposer per target: a CronJob with concurrencyPolicy Forbid' },
  );
}

/** Fails with REPOSITORY_INVALID if the base branch does not exist. */
export function commitOf({ oids, isEmpty }: Refs, ref: string): string {
  const oid = oids.get(ref);
  if (oid !== undefined) return oid;
  const name = ref.replace('refs/heads/', '');
  throw new PluginError(
    'REPOSITORY_INVALID',
    isEmpty ? 'the repository has no commit' : `the repository has no branch ${name}`,
    {
      hint: isEmpty ? 'make a first commit: a proposal needs one to change' : 'name an existing branch with --base',
    },
  );
}

/** The file in a commit. */
interface FileState {
  readonly text: string | null;
  readonly entry: Entry | null;
}

/** One attempt, based on the references as read. */
class Attempt {
  readonly #workspace: Workspace;
  readonly #inputs: ProposeInputs;
  readonly #tip: string;
  readonly #own: string | null;
  readonly #fetched: readonly string[];
  readonly #store: PendingStore;

  constructor(workspace: Workspace, inputs: ProposeInputs, refs: Refs) {
    this.#workspace = workspace;
    this.#inputs = inputs;
    this.#tip = commitOf(refs, inputs.refs.base);
    this.#own = refs.oids.get(inputs.refs.branch) ?? null;
    const state = refs.oids.get(inputs.refs.state) ?? null;
    this.#store = inputs.store ?? pendingRef(workspace, inputs.refs.state, state);
    this.#fetched = namesOf(inputs.refs).filter((ref) => refs.oids.has(ref));
  }

  async run(): Promise<ProposalOutcome | 'moved'> {
    const { content, settleMs, clock, refs } = this.#inputs;
    if (!(await this.#fetch())) return 'moved';
    const base = await this.#fileAt(this.#tip);
    const pending = await this.#store.read();
    const branch = this.#own === null ? null : await this.#branchAt(this.#own, base);
    const decision = decide({
      desired: content.digest,
      base: content.digestIn(base.text),
      branch,
      pending,
      settleMs,
      nowMs: clock.epochMs(),
    });
    switch (decision.kind) {
      case 'steady':
        return this.#push([], null, { kind: 'unchanged' });
      case 'wait':
        return this.#push([], decision.pending, { kind: 'waiting', pending: decision.pending });
      case 'left':
        return this.#push([], null, { kind: 'left' });
      case 'proposed':
        return this.#push([], null, await this.#alreadyProposed(base));
      case 'close':
        return this.#close();
      case 'propose':
        return this.#propose(base);
      case 'edited':
        throw new PluginError(
          'BRANCH_EDITED',
          `${refs.branch} has commits by others, and what discovery finds has changed`,
          { hint: 'merge or delete the branch; it is never overwritten' },
        );
    }
  }

  /** Whether all references still exist. */
  async #fetch(): Promise<boolean> {
    try {
      await this.#workspace.fetch(this.#fetched);
      return true;
    } catch (error) {
      if (isPluginError(error) && error.code === 'REPOSITORY_MOVED') return false;
      throw error;
    }
  }

  /** Pushes all changes and the pending change in one go. */
  async #push(
    updates: readonly RefUpdate[],
    pending: Pending | null,
    outcome: ProposalOutcome,
  ): Promise<ProposalOutcome | 'moved'> {
    if (this.#inputs.isDryRun) return outcome;
    const all = [...updates, ...(await this.#store.updates(pending))];
    if ((await this.#workspace.push(all)) === 'moved') return 'moved';
    await this.#store.save(pending);
    return outcome;
  }

  async #fileAt(commit: string): Promise<FileState> {
    const entry = await this.#workspace.entryAt(commit, this.#inputs.file);
    if (entry && entry.kind !== 'file') throw notAFileError(entry.path, entry.kind);
    return { entry, text: entry && (await this.#workspace.text(entry)) };
  }

  async #branchAt(commit: string, base: FileState): Promise<OwnBranch> {
    const sealed = readSealed(await this.#workspace.commitText(commit));
    try {
      const { content } = this.#inputs;
      const digest = content.digestIn((await this.#fileAt(commit)).text);
      // Asks the repository only where the answer matters.
      const mayStay = digest === content.digest && sealed?.baseBlob === blobOf(base);
      return { digest, isOurs: sealed !== null, isCurrent: mayStay && (await this.#isInBase(commit, sealed.parent)) };
    } catch (error) {
      // People have made something else of the file.
      if (!isPluginError(error) || sealed !== null) throw error;
      return { digest: '', isOurs: false, isCurrent: false };
    }
  }

  /** Whether the parent of our branch's commit is still part of the base, which may have been rewritten. */
  async #isInBase(commit: string, parent: string): Promise<boolean> {
    const { base, branch } = this.#inputs.refs;
    return parent === this.#tip || this.#workspace.isInBase({ commit, parent, branch, base });
  }

  async #propose(base: FileState): Promise<ProposalOutcome | 'moved'> {
    const { file, content, refs, clock, forge, isDryRun } = this.#inputs;
    const text = content.describe(base.text);
    const written = content.textFor(base.text);
    if (isDryRun) return { kind: 'proposed', message: text.message };
    const pulls = (await forge?.list()) ?? [];
    // The pending change is kept: the next run reaches the same result at once.
    if (isDeclined(pulls, content.digest)) return { kind: 'declined', ...linkOf(pulls[0]) };
    const tree = await this.#workspace.treeWith(this.#tip, file, written, base.entry?.mode ?? '100644');
    const parent = this.#tip;
    const message = sealedMessage({ tree, parent, baseBlob: blobOf(base), message: text.message });
    const seconds = Math.floor(clock.epochMs() / 1000);
    const commit = await this.#workspace.commit({ tree, parent, message, seconds });
    const update = { ref: refs.branch, to: commit, expected: this.#own };
    const pushed = await this.#push([update], null, { kind: 'proposed', commit, message: text.message });
    if (pushed === 'moved' || !forge) return pushed;
    return { ...pushed, ...linkOf(await keepPullRequest(forge, pulls, content.digest, text)) };
  }

  async #alreadyProposed(base: FileState): Promise<ProposalOutcome> {
    const { content, forge, isDryRun } = this.#inputs;
    const outcome = { kind: 'standing', ...(this.#own === null ? {} : { commit: this.#own }) } as const;
    if (!forge || isDryRun) return outcome;
    const pulls = await forge.list();
    if (isDeclined(pulls, content.digest)) return { ...outcome, kind: 'declined', ...linkOf(pulls[0]) };
    return { ...outcome, ...linkOf(await keepPullRequest(forge, pulls, content.digest, content.describe(base.text))) };
  }

  async #close(): Promise<ProposalOutcome | 'moved'> {
    const { forge, refs, isDryRun } = this.#inputs;
    if (isDryRun) return { kind: 'closed' };
    const closed = forge ? await closePullRequests(forge, await forge.list()) : null;
    const update = { ref: refs.branch, to: null, expected: this.#own };
    const updates = this.#own === null ? [] : [update];
    return this.#push(updates, null, {
      kind: this.#own === null ? 'unchanged' : 'closed',
      ...linkOf(closed ?? undefined),
    });
  }
}

function namesOf({ base, branch, state }: TargetRefs): readonly string[] {
  return [base, branch, state];
}

function blobOf({ entry }: FileState): string {
  return entry?.oid ?? 'none';
}

function linkOf(pull: PullRequest | undefined): { readonly pullRequest?: string } {
  return pull ? { pullRequest: printable(pull.url) } : {};
}
