import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostileRepository } from './hostile-repositories.ts';
import { hostileRepositories } from './hostile-repositories.ts';
import type { Ending } from './measure.ts';
import { measureEnding } from './measure.ts';
import { commandOf } from '../support/built-program.ts';

/** What one hostile repository costs, now and with the program that it is compared with. */
export interface BudgetResult {
  readonly name: string;
  readonly kilobytes: number;
  readonly now: Ending;
  /** The same with `--deadline`; null for a command that has none. */
  readonly atDeadline: Ending | null;
  readonly before: Ending | null;
}

/** Runs that have not ended by then are killed. */
export const patienceSeconds = 15;

/** Seconds of the runs with a deadline, shorter than some of these take without. */
export const deadlineSeconds = 2;

/** The whole process of one run for each hostile repository. */
export async function benchBudgets(
  program: string,
  before: string | undefined,
  folder: string,
): Promise<BudgetResult[]> {
  const results: BudgetResult[] = [];
  for (const [index, repository] of hostileRepositories.entries()) {
    const args = writeRepository(repository, join(folder, String(index)));
    const limited = withDeadline(args);
    results.push({
      name: repository.name,
      kilobytes: Object.values(repository.files).reduce((sum, text) => sum + text.length, 0) / 1024,
      now: await measureEnding([...commandOf(program), ...args], patienceSeconds),
      atDeadline: limited && (await measureEnding([...commandOf(program), ...limited], patienceSeconds)),
      before: before === undefined ? null : await measureEnding([...commandOf(before), ...args], patienceSeconds),
    });
  }
  return results;
}

/** The arguments with `--deadline`; null for `validate`, which asks no cluster and has none. */
export function withDeadline(args: readonly string[]): readonly string[] | null {
  return args[0] === 'validate' ? null : [...args, '--deadline', `${String(deadlineSeconds)}s`];
}

/** Writes it into a folder; answers the arguments of its run. */
export function writeRepository({ command, files, cluster }: HostileRepository, folder: string): string[] {
  const git = join(folder, 'git');
  mkdirSync(git, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(git, name), text);
  if (command[0] === 'validate') return [...command, git];
  const snapshot = join(folder, 'cluster.json');
  writeFileSync(snapshot, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: cluster }));
  return [...command, '--path', git, '--snapshot', snapshot, '--check', 'none'];
}
