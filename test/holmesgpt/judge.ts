import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CatalogCost } from '../../plugin/consumers/holmesgpt/catalog.ts';
import { holmesPython, holmesVersions } from '../tools/holmesgpt.ts';
import type { HolmesVersion } from '../tools/holmesgpt.ts';
import type { Library } from './library.ts';

/** What became of one toolset. */
export interface JudgedToolset {
  readonly enabled: boolean;
  readonly status: 'enabled' | 'disabled' | 'failed';
  readonly error: string | null;
  readonly type: string | null;
  readonly description: string | null;
  readonly tools: readonly string[];
  /** The config that it works with, by instance; `default` where there are none. Old releases show it as it was read. */
  readonly effective: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  /** Once it has asked its backends; of one that is not to be measured nothing. */
  readonly cost?: Omit<CatalogCost, 'since' | 'several'>;
  /** Instances that did not answer, and why. */
  readonly offline: Readonly<Record<string, string>>;
}

/** What HolmesGPT made of a whole file. */
export interface Verdict {
  /** Why nothing of it was loaded. */
  readonly exception: string | null;
  readonly toolsets: Readonly<Record<string, JudgedToolset>>;
  readonly log: readonly string[];
  /** All that a model is told before its first question, and what it is told of instances. */
  readonly prompt: string;
  /** In the order of the questions. */
  readonly answers: readonly ToolAnswer[];
}

/** A tool that is invoked as a model would. */
export interface Question {
  readonly tool: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface ToolAnswer {
  /** HolmesGPT's own word, such as `success` or `no_data`; `no such tool` where no enabled toolset has it. */
  readonly status: string;
  readonly data: unknown;
  readonly error: string | null;
}

export interface Circumstances {
  /** `host:port` in the cluster, and the port on loopback where it is served; nothing else can be reached. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** HolmesGPT's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** It does not wait between two attempts: where nothing answers, waiting is all that it does. */
  readonly isImpatient?: boolean;
  /** What its toolsets cost is told as well: that takes as long as all else. */
  readonly isMeasured?: boolean;
  /** What is asked of its tools once the file is loaded. */
  readonly questions?: readonly Question[];
}

/** One release of the real HolmesGPT: importing it takes seconds, after which it judges many files. */
export interface Judge {
  readonly version: HolmesVersion;
  readonly pid: number;
  readonly judge: (text: string, circumstances?: Circumstances) => Promise<Verdict>;
  /** The same as `readLibrary`, without another import. */
  readonly library: () => Promise<Library>;
  readonly stop: () => Promise<void>;
}

export interface JudgeOptions {
  /** Where HolmesGPT finds commands that it runs. */
  readonly programs?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export type Judges = Readonly<Record<HolmesVersion, Judge>>;

/** Whether every release is installed: for `realPart`. */
export function hasHolmes(): boolean {
  return holmesVersions.every((version) => holmesPython(version) !== null);
}

/** Started side by side. `programs` is where HolmesGPT finds commands that it runs. */
export async function startJudges(
  folder: string,
  programs = join(folder, 'bin'),
  versions: readonly HolmesVersion[] = holmesVersions,
): Promise<Judges> {
  await mkdir(programs, { recursive: true });
  const outcomes = await Promise.allSettled(versions.map((version) => startJudge(version, folder, { programs })));
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  // One that goes on alone would keep the tests from ending.
  if (failed) await Promise.all(started.map(({ stop }) => stop()));
  if (failed) throw failed.reason;
  return Object.fromEntries(started.map((judge) => [judge.version, judge])) as Judges;
}

export async function stopJudges(judges: Judges): Promise<void> {
  await Promise.all(Object.values(judges).map(({ stop }) => stop()));
}

/** One of them, with more in the environment that it starts with. */
export async function startJudge(
  version: HolmesVersion,
  folder: string,
  { programs = join(folder, 'bin'), env: more = {} }: JudgeOptions = {},
): Promise<Judge> {
  const home = await mkdtemp(join(folder, `holmes-${version}-`));
  // No compiled file of ours beside the sources.
  const child = spawn(holmesPython(version)!, ['-B', join(import.meta.dirname, 'judge.py')], {
    cwd: home,
    // Nothing else of this machine's environment: a proxy or a CA bundle would change what is judged.
    env: { HOME: home, PATH: `${programs}:/usr/bin:/bin`, ...more },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const complaints: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`HolmesGPT ${version} ended:\n${complaints.join('').slice(-4000)}`);
    return JSON.parse(value) as unknown;
  };
  await answer();
  let last: Promise<unknown> = Promise.resolve();
  const ask = (request: unknown): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer();
  };
  /** One request at a time: the answers say not to which they belong. */
  const inTurn = <T>(task: () => Promise<unknown>): Promise<T> => {
    const result = last.then(task);
    last = result.catch(nothing);
    return result as Promise<T>;
  };
  const judge = async (text: string, circumstances: Circumstances): Promise<unknown> => {
    const { hosts = {}, env = {}, isImpatient = false, isMeasured = false, questions = [] } = circumstances;
    const file = join(await mkdtemp(join(home, 'file-')), 'custom_toolset.yaml');
    await writeFile(file, text);
    return ask({ file, hosts, env, isImpatient, isMeasured, questions });
  };
  let library: Promise<Library> | undefined;
  return {
    version,
    pid: child.pid!,
    judge: (text, circumstances = {}) => inTurn(() => judge(text, circumstances)),
    library: () => (library ??= inTurn<Library>(() => ask('library'))),
    stop: async () => {
      // It may still wait for a backend that never answers.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function nothing(): void {
  // Its caller gets the error; the next call is independent of it.
}
