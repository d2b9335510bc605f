import type { Warning } from '../lib/diagnostic.ts';

/** What a command prints: its text to stdout, once and whole, and its warnings to stderr after it. */
export interface CommandOutput {
  readonly text: string;
  readonly warnings: readonly Warning[];
  /** Exit code 1: findings, a difference, something left over. */
  readonly findsSomething?: boolean;
}
