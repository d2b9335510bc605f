import type { PreviewFinding } from '../../validate/preview/finding.ts';

/** The changes of one toolset. */
export interface ToolsetChange {
  readonly name: string;
  readonly change: 'new' | 'removed' | 'changed';
  /** One sentence without a full stop per difference. */
  readonly words: readonly string[];
  /** Estimated tokens that it adds to each prompt, or removes; `null` if unknown. */
  readonly tokens: number | null;
}

/** Estimated tokens of each prompt before and after. */
export interface TokenChange {
  readonly before: number;
  readonly after: number;
}

/** What `diff -o json` prints. */
export interface Difference {
  readonly configMap: string;
  /** What it is compared with. */
  readonly with: string;
  /** Name of the other ConfigMap, if it differs. */
  readonly renamedFrom?: string;
  readonly toolsets: readonly ToolsetChange[];
  /** What else there is to know of the ConfigMap, one sentence without a full stop each. */
  readonly notes: readonly string[];
  /** Of all toolsets, on by default or in the file; `null` if the consumer's costs are unknown. */
  readonly tokens: TokenChange | null;
  /**
   * With `--target-version`: the consumer with that release, and what the release changes for the files in Git and by
   * itself.
   */
  readonly release?: string;
  readonly preview?: readonly PreviewFinding[];
  /** A unified diff; empty if nothing differs. */
  readonly unified: string;
}
