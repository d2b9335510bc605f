import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Environment } from './flags/environment.ts';
import type { Option } from './flags/options.ts';

/** One command of the program. Help, completion and docs/cli.md are made of it. */
export interface Command {
  /** What it does, as a sentence that begins with a verb in lower case and has no full stop. */
  readonly summary: string;
  /** What help says besides, in whole sentences. */
  readonly details?: string;
  /** The operands as help writes them: `[SERVICE]`. */
  readonly operands?: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly Example[];
  readonly run: (args: readonly string[], environment: Environment) => Promise<CommandOutput>;
}

/** A command line as a user types it, and what for. */
export interface Example {
  readonly about: string;
  /** Without the program's name. */
  readonly args: string;
}

/** What a command prints: its text to stdout, once and whole, and its warnings to stderr after it. */
export interface CommandOutput {
  readonly text: string;
  readonly warnings: readonly Diagnostic[];
  /** What people should know about how it was made, to stderr: a sentence without a full stop. */
  readonly note?: string;
  /** Exit code 1: findings, a difference, something left over. */
  readonly findsSomething?: boolean;
}
