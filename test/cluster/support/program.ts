import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { commandOf, placeProgram, programFile } from '../../support/built-program.ts';
import type { WarningCode } from '../../../plugin/lib/codes.ts';

const main = join(import.meta.dirname, '../../../plugin/main.ts');

/** Variables that the image sets for every run of the program, except the location of compiled code. */
export const imageEnvironment = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' } as const;

/** As in a Pod of the cluster: the address of every API server here. */
const podEnvironment = { KUBERNETES_SERVICE_HOST: '127.0.0.1' } as const;

export interface RunOptions {
  /** `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text for standard input; empty by default. */
  readonly input?: string;
  /** A command that starts the program, which is passed as arguments. */
  readonly through?: readonly string[];
  /** An open file instead of a pipe. */
  readonly stdout?: number;
}

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The one line that a failure prints to stderr. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly result: Promise<Result>;
}

/** The program as users run it: bundled, in its own process, in an empty folder, with an empty home. */
export interface Program {
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Result>;
  readonly start: (args: readonly string[], options?: RunOptions) => Running;
}

/** Provides the page, which the sources lack, at its place in the bundle. */
const sourceOptions = ['--import', import.meta.resolve('./page-in-sources.ts')];

/** `bundled`, as users have it; `sources`, without a build. */
export type ProgramForm = 'bundled' | 'sources';

/** Builds into the test's own folder: `dist` may be in use or outdated. */
export async function buildProgram(folder: string, form: ProgramForm = 'bundled'): Promise<Program> {
  const file = join(folder, programFile);
  if (form !== 'sources') await placeProgram(file);
  const home = join(folder, 'home');
  const compiled = join(folder, 'compile-cache');
  await mkdir(home);
  const program = form === 'sources' ? [process.execPath, ...sourceOptions, main] : commandOf(file);
  const start: Program['start'] = (args, options = {}) => {
    const [command, ...rest] = [...(options.through ?? []), ...program, ...args];
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      ...imageEnvironment,
      ...podEnvironment,
      NODE_COMPILE_CACHE: compiled,
      ...options.env,
    };
    const stdio = ['pipe', options.stdout ?? 'pipe', 'pipe'] as const;
    const child = spawn(command!, rest, { cwd: home, env, stdio: [...stdio] });
    child.stdin?.on('error', ignore).end(options.input ?? '');
    return { child, result: collect(child) };
  };
  return { start, run: (args, options) => start(args, options).result };
}

/** An Application's folder in Git with these files; anything but text is written as JSON. */
export async function gitFolder(folder: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  const path = await mkdtemp(join(folder, 'git-'));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(path, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path;
}

/** The content of `toolset.yaml`. */
export function toolsetYaml(spec: unknown): unknown {
  return { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec };
}

/** Part of the note of `generate` in no Pod, as here. */
const noteOutside = 'this runs outside the cluster: a new backend';

/** The output of a run that must have succeeded with an empty stderr, except for warnings named by the test. */
export function outputOf({ code, signal, stdout, stderr }: Result, ...warnings: readonly WarningCode[]): string {
  const told = stderr.split('\n').filter((line) => line !== '' && !line.includes(noteOutside));
  const isNamed = (line: string): boolean => warnings.some((warning) => line.includes(`"code":"${warning}"`));
  if (code === 0 && told.every(isNamed)) return stdout;
  throw new Error(`ended with ${code ?? signal ?? ''}: ${stderr}`);
}

/** The failure reported by a run, which must have reported nothing else. */
export function failureOf({ stderr }: Pick<Result, 'stderr'>): Failure {
  return stderr.startsWith('{') ? (JSON.parse(stderr) as Failure) : failureInWords(stderr);
}

/** The form in which Argo CD gets it: the message, the hint as its last line, and the code with its page. */
export function failureInWords(text: string): Failure {
  const said = /Error: ([^]*)\n([^\n]*)\n([A-Z_]+): https?:\/\/\S+\s*$/.exec(text);
  if (!said) throw new Error(`no failure in words: ${text}`);
  const [, message = '', hint = '', code = ''] = said;
  return { code, message, hint };
}

async function collect(child: ChildProcess): Promise<Result> {
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const [[code, signal], stdout, stderr] = await Promise.all([
    closed,
    child.stdout ? text(child.stdout).catch(nothing) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  return { code, signal, stdout, stderr };
}

function ignore(): void {
  // A program that has ended did not want its input.
}

function nothing(): string {
  return '';
}
