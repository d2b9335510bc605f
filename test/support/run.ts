import type { Environment } from '../../plugin/commands/flags/environment.ts';
import { run } from '../../plugin/commands/run.ts';
import { stderrLog } from '../../plugin/lib/log.ts';

/** What one run of the program left behind. */
export interface Outcome {
  readonly code: number;
  /** Each write of its own. */
  readonly writes: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process; `refuse` is what the write to stdout fails with. */
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

/** Runs the program in this process, started in this folder. */
export async function runFrom(folder: string, args: readonly string[]): Promise<Outcome> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await runHere(args);
  } finally {
    process.chdir(before);
  }
}

/** The one JSON object that a failed run left on stderr. */
export function reported({ stderr }: Pick<Outcome, 'stderr'>): Readonly<Record<string, string>> {
  return JSON.parse(stderr) as Readonly<Record<string, string>>;
}
