import type { Command, CommandOutput } from '../command.ts';
import type { Flags } from '../flags/flags.ts';
import { usage } from '../flags/usage.ts';
import { oneOf } from '../flags/values.ts';
import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { zsh } from './zsh.ts';

const scripts = { bash, zsh, fish };
const shells = ['bash', 'zsh', 'fish'] as const;

/** The completion script of a shell, generated from the table of commands. */
export function completion(
  { operands: [operand] }: Flags<never>,
  commands: Readonly<Record<string, Command>>,
): CommandOutput {
  if (operand === undefined) throw usage.shellMissing();
  const shell = oneOf('shell', operand, shells);
  return { text: scripts[shell](commands), warnings: [] };
}
