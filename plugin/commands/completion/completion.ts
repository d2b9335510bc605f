import type { Command, CommandOutput } from '../command.ts';
import type { Flags } from '../flags/flags.ts';
import { oneOf } from '../flags/flags.ts';
import { usage } from '../flags/usage.ts';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { zsh } from './zsh.ts';

const scripts = { bash, zsh, fish };
const shells = ['bash', 'zsh', 'fish'] as const;

/** The completion script of a shell, generated from the table of commands. */
export function completion({ operands: [operand] }: Flags, commands: Readonly<Record<string, Command>>): CommandOutput {
  const shell = oneOf('shell', operand, shells);
  if (shell === undefined) throw usage.shellMissing();
  return { text: scripts[shell](commands), warnings: [] };
}
