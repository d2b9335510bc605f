import type { PreviewFinding } from '../../validate/preview/finding.ts';

/** What changes in one toolset. */
export interface ToolsetChange {
  readonly name: string;
  readonly change: 'new' | 'removed' | 'changed';
  /** One sentence without a full stop for each difference. */
  readonly words: readonly string[];
  /** Tokens that it adds to each prompt, by estimate, or takes from it; `null` where that is not known. */
  readonly tokens: number | null;
}

/** Tokens of each prompt before and after, by estimate. */
export interface TokenChange {
  readonly before: number;
  readonly after: number;
}

/** What `diff -o json` prints. */
export interface Difference {
  readonly configMap: string;
  /** What it is compared with. */
  readonly with: string;
  /** Name of the ConfigMap that it is compared with, where that is another one. */
  readonly renamedFrom?: string;
  readonly toolsets: readonly ToolsetChange[];
  /** Of all toolsets, on by default or in the file; `null` where the consumer's costs are not known. */
  readonly tokens: TokenChange | null;
  /** With `--target-version`: the consumer with that release, and what the release changes for the files in Git, and by itself. */
  readonly release?: string;
  readonly preview?: readonly PreviewFinding[];
  /** Line by line, as a unified diff; empty where nothing differs. */
  readonly unified: string;
}
