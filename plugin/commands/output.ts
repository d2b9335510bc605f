import type { Warning } from '../warning.ts';

/** What a command prints at its end, and what people should know besides. */
export interface Output {
  readonly text: string;
  readonly warnings: readonly Warning[];
}
