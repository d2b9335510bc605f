import { appendFileSync, readFileSync } from 'node:fs';

/** What the processes of a run report for the summary, one line of JSON each. */
export type ReportEntry =
  | { readonly counts: Counts; readonly skipped: readonly string[]; readonly failed: readonly FailedTest[] }
  | { readonly missing: MissingPart };

export interface FailedTest {
  /** Relative to the repository. */
  readonly file: string;
  /** Including the titles of the enclosing suites. */
  readonly title: string;
  readonly message: string;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A real part whose absence skipped tests, and the command that installs it. */
export interface MissingPart {
  readonly name: string;
  readonly remedy: string;
}

export interface Report {
  readonly counts: Counts;
  /** Full titles of tests. */
  readonly skipped: readonly string[];
  readonly failed: readonly FailedTest[];
  readonly missing: readonly MissingPart[];
}

/** Environment variable with the file's path for the processes. */
export const reportVariable = 'TEST_REPORT';

/** Only in a run of `npm test`, which sets the variable and prints the summary. */
export function appendToReport(entry: ReportEntry): void {
  const file = process.env[reportVariable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

export function readReport(file: string): Report {
  const lines = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n');
  return sumUp(lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ReportEntry));
}

export function sumUp(entries: readonly ReportEntry[]): Report {
  const suites = entries.filter((entry) => 'counts' in entry);
  const missing = entries.flatMap((entry) => ('missing' in entry ? [entry.missing] : []));
  const sum = (of: keyof Counts): number => suites.reduce((total, { counts }) => total + counts[of], 0);
  return {
    counts: { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') },
    skipped: suites.flatMap(({ skipped }) => skipped),
    failed: suites.flatMap(({ failed }) => failed),
    missing: [...new Map(missing.map((part) => [`${part.name}: ${part.remedy}`, part])).values()],
  };
}

/** The last line of a run. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
}

const shownTitles = 10;
const shownFailures = 30;
const shownLines = 5;

/** Repeats the failures: the last lines of a long log are seen first. Empty if there are none. */
export function failedText({ failed }: Pick<Report, 'failed'>): string {
  const more = failed.length - shownFailures;
  return [
    ...failed.slice(0, shownFailures).flatMap(({ file, title, message }) => {
      const lines = message.trim().split('\n').slice(0, shownLines);
      return [`FAILED ${file}: ${title}`, ...lines.map((line) => `  ${line}`)];
    }),
    ...(more > 0 ? [`and ${String(more)} more`] : []),
  ].join('\n');
}

/** The skipped tests, and one command for all missing parts; empty if nothing was skipped. */
export function skippedText({ skipped, missing }: Report): string {
  if (skipped.length === 0) return '';
  const remedies = [...new Set(missing.map(({ remedy }) => remedy))];
  const packages = remedies.flatMap((remedy) => /^apt-get install (.+)$/.exec(remedy)?.[1] ?? []);
  const others = remedies.filter((remedy) => !remedy.startsWith('apt-get install '));
  const commands = [...(packages.length > 0 ? [`apt-get install ${packages.join(' ')}`] : []), ...others];
  return [
    `${String(skipped.length)} skipped:`,
    ...skipped.slice(0, shownTitles).map((title) => `  ${title}`),
    ...(skipped.length > shownTitles ? [`  and ${String(skipped.length - shownTitles)} more`] : []),
    ...(missing.length > 0 ? [`missing: ${[...new Set(missing.map(({ name }) => name))].join(', ')}`] : []),
    ...(commands.length > 0 ? [`to run them: ${[...commands, 'npm test'].join(' && ')}`] : []),
  ].join('\n');
}
