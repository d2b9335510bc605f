import type { Environment } from '../../plugin/commands/flags/environment.ts';
import { run } from '../../plugin/commands/run.ts';
import { stderrLog } from '../../plugin/lib/messages/log.ts';

/** Result of one run of the program. */
export interface Outcome {
  readonly code: number;
  /** Each write separately. */
  readonly writes: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process; `refuse` is the error of a write to stdout. */
export async function runHere(
  args: readonly string[],
  refuse?: Error,
  environment: Environment = {},
): Promise<Outcome> {
  const writes: string[] = [];
  let stderr = '';
  const stdout = (text: string): Promise<void> => {
    writes.push(text);
    return refuse ? Promise.reject(refuse) : Promise.resolve();
  };
  const log = stderrLog((text) => {
    stderr += text;
  }, false);
  const code = await run(args, '1.2.3', { stdout, log, environment });
  return { code, writes, stdout: writes.join(''), stderr };
}

/** Runs the program in this process, with this working directory. */
export async function runFrom(folder: string, args: readonly string[]): Promise<Outcome> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await runHere(args);
  } finally {
    process.chdir(before);
  }
}

/** The single JSON object that a failed run wrote to stderr. */
export function reported({ stderr }: Pick<Outcome, 'stderr'>): Readonly<Record<string, string>> {
  return JSON.parse(stderr) as Readonly<Record<string, string>>;
}
