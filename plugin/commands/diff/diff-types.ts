/** What changes in one toolset. */
export interface ToolsetChange {
  readonly name: string;
  readonly change: 'new' | 'removed' | 'changed';
  /** One sentence without a full stop for each difference. */
  readonly words: readonly string[];
}

/** What `diff -o json` prints. */
export interface Difference {
  readonly configMap: string;
  /** What it is compared with. */
  readonly with: string;
  readonly toolsets: readonly ToolsetChange[];
  /** Line by line, as a unified diff; empty where nothing differs. */
  readonly unified: string;
}
