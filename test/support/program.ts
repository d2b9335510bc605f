import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { commandOf } from './built-program.ts';

const main = join(import.meta.dirname, '../../plugin/main.ts');

/** Standard output or standard error of the program: a pipe, or an open file. */
type Output = 'pipe' | number;

/** Starts the program in its own process, as a shell would; `nodeOptions` precede those of its first line. */
export function startProgram(
  args: readonly string[],
  stdout: Output = 'pipe',
  stderr: Output = 'pipe',
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const [node, ...options] = commandOf(main);
  return spawn(node, [...nodeOptions, ...options, ...args], { stdio: ['pipe', stdout, stderr] });
}

/** Waits for it to end; returns its exit code and stderr. */
export async function ended(program: ChildProcess): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const [[code], stderr] = await Promise.all([
    once(program, 'exit') as Promise<[number | null]>,
    program.stderr ? text(program.stderr) : '',
  ]);
  return { code, stderr };
}
