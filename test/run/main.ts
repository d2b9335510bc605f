import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { rareCollection } from '../cluster/parts/process.ts';
import { builtVariable, programFile } from '../support/built-program.ts';
import { overviewOf, renderOverview } from './overview.ts';
import { builtParts, neededPrograms } from './parts.ts';
import { ProgressWriter, changeLine, summaryLine, timesTable } from './progress.ts';
import { countsLine, failedText, readReport, reportVariable, skippedText } from './report.ts';
import { processorTimes, roomOf } from './room.ts';
import { Scheduler } from './scheduler.ts';
import { selectSuites, withoutBuilt } from './suites.ts';
import type { Suite } from './suites.ts';

/**
 * `npm test`: runs every suite. Prints the output of each once it has ended; the last line counts the tests. `npm test
 * -- unit HolmesGPT` runs the suites that have one of these words in their title.
 */
const words = process.argv.slice(2);
const overview = overviewOf(builtParts, neededPrograms);
const selected = withoutBuilt(selectSuites(words), new Set(overview.built));
const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-'));
/** Shared by all suites, so that nothing remains that a tool or a test leaves behind there. */
const temporary = join(folder, 'tmp');
const reportFile = join(folder, 'report.jsonl');
const processors = availableParallelism();
const most = 2 * processors + 1;
const start = performance.now();
const elapsed = (): number => performance.now() - start;
const { stdout } = process;
const writer = new ProgressWriter(
  (text) => stdout.write(text),
  stdout.isTTY,
  () => stdout.columns,
);

mkdirSync(temporary);
// Some tests run programs as another user.
chmodSync(folder, 0o711);
chmodSync(temporary, 0o1777);
writer.print(renderOverview(overview));
const program = await buildProgram();
const scheduler = new Scheduler(selected, {
  hasRoom: roomOf({ processors, most, measure: processorTimes }),
  run: runSuite,
  now: elapsed,
  onChange: (status) => {
    writer.print(changeLine(status, elapsed()));
  },
});
const progress = setInterval(
  () => {
    writer.status(summaryLine(scheduler.status(), elapsed()));
  },
  stdout.isTTY ? 1000 : 60_000,
);
const roomCheck = setInterval(() => {
  scheduler.startNext();
}, 1000);
const statuses = await scheduler.runAll();
clearInterval(progress);
clearInterval(roomCheck);

const report = readReport(reportFile);
rmSync(folder, { recursive: true, force: true, maxRetries: 10 });

const failed = statuses.filter(({ state }) => state === 'failed').map(({ task }) => task.title);
writer.print(`# times (${String(processors)} to ${String(most)} at once)\n${timesTable(statuses)}`);
const skipped = skippedText(report);
if (skipped !== '') writer.print(`\n${skipped}`);
if (failed.length > 0) writer.print(`\nfailed: ${failed.join(', ')}\n${failedText(report)}`);
writer.print(`\n${countsLine(report.counts)}`);
process.exit(failed.length === 0 ? 0 : 1);

/** Builds once for all suites, and passes on where. If the build fails, each suite reports that itself. */
async function buildProgram(): Promise<Readonly<Record<string, string>>> {
  const program = join(folder, 'program');
  mkdirSync(program);
  const { status } = await run(['node', 'build.ts', '--outfile', join(program, programFile)], {});
  return status === 0 ? { [builtVariable]: program } : {};
}

/** Whether the suite passed. */
async function runSuite({ title, kind, command }: Suite): Promise<boolean> {
  const isMocha = kind === 'mocha';
  const reported = isMocha ? [...command, '--reporter', 'test/run/reporter.ts'] : command;
  const { status, output } = await run(reported, program);
  if (isMocha || status !== 0) writer.print(`\n# ${title}\n${output}`);
  // Without Go or Python, some parts cannot be built: the suites that need them report that themselves.
  return status === 0 || !(isMocha || process.env.CI === 'true');
}

/** Both streams go to one file: this keeps their order, and does not wait for processes left behind. */
async function run(
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const log = join(folder, `${randomUUID()}.log`);
  const stream = openSync(log, 'w');
  const child = spawn(command === 'node' ? process.execPath : command, args, {
    stdio: ['ignore', stream, stream],
    env: { ...process.env, ...rareCollection, TMPDIR: temporary, [reportVariable]: reportFile, ...env },
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  closeSync(stream);
  return { status, output: readFileSync(log, 'utf8') };
}
