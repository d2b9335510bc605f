import { readFile } from 'node:fs/promises';
import { PluginError, codeOf, isPluginError, reasonOf } from '../lib/errors.ts';
import type { ErrorCode } from '../lib/codes.ts';
import { asString, parseJson } from '../lib/json.ts';
import { replaceFile } from '../lib/temporary-files.ts';
import type { Pending } from './decide.ts';
import type { RefUpdate, Workspace } from './git/workspace.ts';

/** Where a pending change is kept between two runs. */
export interface PendingStore {
  /** `null` if there is none or it cannot be read: the wait then starts over. */
  readonly read: () => Promise<Pending | null>;
  /** The reference updates to push in order to keep it; with `null`, to drop it. */
  readonly updates: (pending: Pending | null) => Promise<readonly RefUpdate[]>;
  /** Keeps what is not pushed. Called once everything is pushed. */
  readonly save: (pending: Pending | null) => Promise<void>;
}

/** Error codes of an object that exists but has no usable text. */
const unreadable: ReadonlySet<ErrorCode> = new Set(['GIT_FAILED', 'REPOSITORY_INVALID', 'REPOSITORY_TOO_LARGE']);

/** Kept in a reference of the repository that is not a branch: `oid` is its object, `null` if there is none. */
export function pendingRef(workspace: Workspace, ref: string, oid: string | null): PendingStore {
  return {
    read: async () => {
      try {
        return oid === null ? null : parsePending(await workspace.text({ oid, path: ref }));
      } catch (error) {
        // Not ours: a commit, or more than a few words.
        if (isPluginError(error) && unreadable.has(error.code)) return null;
        throw error;
      }
    },
    updates: async (pending) => {
      const to = pending && (await workspace.store(textOf(pending)));
      return to === oid ? [] : [{ ref, to, expected: oid }];
    },
    save: () => Promise.resolve(),
  };
}

/** Kept in a file. Fails with FILE_UNREADABLE and OUTPUT_UNWRITABLE. */
export function pendingFile(path: string): PendingStore {
  return {
    read: async () => {
      try {
        return parsePending(await readFile(path, 'utf8'));
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return null;
        throw new PluginError('FILE_UNREADABLE', `--state-file ${path} cannot be read: ${reasonOf(cause)}`, {
          hint: 'name a file that this account may read and write',
          cause,
        });
      }
    },
    updates: () => Promise.resolve([]),
    save: async (pending) => {
      try {
        await replaceFile(path, pending ? textOf(pending) : '{}\n');
      } catch (cause) {
        throw new PluginError('OUTPUT_UNWRITABLE', `--state-file ${path} cannot be written: ${reasonOf(cause)}`, {
          hint: 'name a file that this account may read and write, in a folder that outlives the run',
          cause,
        });
      }
    },
  };
}

function textOf({ digest, sinceMs }: Pending): string {
  return `${JSON.stringify({ digest, since: new Date(sinceMs).toISOString() })}\n`;
}

/** Limited to a few words: any account with push access could write more. */
function parsePending(text: string): Pending | null {
  const { digest, since } = parseJson(text.slice(0, 1_000));
  const sinceMs = Date.parse(asString(since));
  return Number.isNaN(sinceMs) || asString(digest) === '' ? null : { digest: asString(digest), sinceMs };
}
