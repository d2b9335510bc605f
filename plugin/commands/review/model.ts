import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { PluginError } from '../../lib/errors.ts';
import type { Difference } from '../diff/diff-types.ts';
import type { Finding } from '../preview.ts';

/** The result for the files of one folder. */
export interface FolderReview {
  readonly folder: string;
  /** Problems of the files, with paths relative to the working directory. */
  readonly findings: readonly Finding[];
  /** `null` if the branch no longer has this folder. */
  readonly generation:
    | { readonly differences: readonly Difference[]; readonly warnings: readonly Diagnostic[] }
    | { readonly failure: Pick<PluginError, 'code' | 'message' | 'hint'> }
    | null;
}

/** The content of one comment. */
export interface Review {
  readonly folders: readonly FolderReview[];
  /** The recorded cluster; `null` for a live one. */
  readonly snapshot: { readonly name: string; readonly recordedAt: Date | undefined; readonly now: Date } | null;
}

/** Whether it fails the job. */
export function isBad({ findings, generation }: FolderReview): boolean {
  return findings.some(({ severity }) => severity !== 'note') || (generation !== null && 'failure' in generation);
}
