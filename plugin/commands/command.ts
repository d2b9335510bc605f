import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Environment } from './flags/environment.ts';
import type { Option } from './flags/options.ts';

/** One command of the program. Help, completion and docs/cli.md are generated from it. */
export interface Command {
  /** What it does, as a sentence that begins with a verb in lower case and has no full stop. */
  readonly summary: string;
  /** Further text of the help, in whole sentences. */
  readonly details?: string;
  /** The operands as shown in help: `[SERVICE]`. */
  readonly operands?: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly Example[];
  readonly run: (args: readonly string[], environment: Environment) => Promise<CommandOutput>;
}

/** A command line as a user types it, and its purpose. */
export interface Example {
  readonly about: string;
  /** Without the program's name. */
  readonly args: string;
}

/** Output of a command: its text goes to stdout, at once and complete; its warnings follow on stderr. */
export interface CommandOutput {
  readonly text: string;
  readonly warnings: readonly Diagnostic[];
  /** A remark for people about how it was made, to stderr: a sentence without a full stop. */
  readonly note?: string;
  /** Exit code 1: findings, a difference, something left over. */
  readonly findsSomething?: boolean;
}
