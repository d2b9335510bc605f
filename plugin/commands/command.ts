import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Environment } from './flags/flags.ts';

/** One command of the program. */
export interface Command {
  readonly summary: string;
  /** Of its own flags; the flags of the others are the same. */
  readonly help?: () => string;
  readonly run: (args: readonly string[], environment: Environment) => Promise<CommandOutput>;
}

/** What a command prints: its text to stdout, once and whole, and its warnings to stderr after it. */
export interface CommandOutput {
  readonly text: string;
  readonly warnings: readonly Diagnostic[];
  /** Exit code 1: findings, a difference, something left over. */
  readonly findsSomething?: boolean;
}
