import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Suite {
  readonly title: string;
  readonly command: readonly string[];
  /** Titles of what has to have ended before. */
  readonly after?: readonly string[];
}

const node = process.execPath;
const tool = (name: string): readonly string[] => [node, `test/tools/${name}.ts`];
const mocha = (folder: string): readonly string[] => ['mocha', '--config', `test/${folder}/.mocharc.json`];

/**
 * Every suite, and the lines that all of them covered together; the last line counts their tests. A suite that needs a
 * real part skips its tests where it is missing, and fails with CI=true. They wait as much as they compute, so two go at
 * the same time, and each is printed as a whole once it has ended. The longest come first.
 */
const suites: readonly Suite[] = [
  { title: 'real parts', command: tool('build') },
  { title: 'schemathesis', command: tool('schemathesis') },
  { title: 'real API server', command: mocha('cluster'), after: ['real parts', 'schemathesis'] },
  { title: 'real Argo CD', command: mocha('e2e'), after: ['real parts'] },
  { title: 'PyYAML', command: tool('python') },
  { title: 'pre-commit', command: tool('pre-commit') },
  { title: 'unit', command: ['mocha'], after: ['PyYAML', 'pre-commit'] },
  { title: 'HolmesGPT', command: tool('holmesgpt') },
  { title: 'real HolmesGPT', command: mocha('holmesgpt'), after: ['HolmesGPT'] },
];
const atOnce = 2;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-test-'));
const countsFile = join(folder, 'counts.jsonl');
const coverage = join(folder, 'coverage');

const failed = await runAll(suites);
console.log('\n# coverage');
const { status: covered, output } = await run(['c8', 'report', '--temp-directory', coverage], {});
console.log(output);

const counts = readFileSync(countsFile, { encoding: 'utf8', flag: 'a+' })
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Counts);
rmSync(folder, { recursive: true });

const sum = (of: (one: Counts) => number): string => String(counts.reduce((total, one) => total + of(one), 0));
if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`);
console.log(
  `\n${sum((one) => one.passed)} passed, ${sum((one) => one.failed)} failed, ${sum((one) => one.skipped)} skipped`,
);
process.exit(failed.length > 0 || covered !== 0 ? 1 : 0);

/** Titles of those that failed. */
async function runAll(all: readonly Suite[]): Promise<readonly string[]> {
  const done = new Set<string>();
  const failures: string[] = [];
  const running = new Map<string, Promise<void>>();
  const waiting = new Set(all);
  const progress = setInterval(() => {
    console.log(`… ${[...running.keys()].join(', ')}`);
  }, 60_000);
  while (done.size < all.length) {
    for (const suite of waiting) {
      const { title, after = [] } = suite;
      if (running.size === atOnce || !after.every((one) => done.has(one))) continue;
      waiting.delete(suite);
      running.set(
        title,
        runOne(suite).then((isGood) => {
          if (!isGood) failures.push(title);
          running.delete(title);
          done.add(title);
        }),
      );
    }
    await Promise.race(running.values());
  }
  clearInterval(progress);
  return failures;
}

/** Whether it is as it should be. */
async function runOne({ title, command }: Suite): Promise<boolean> {
  const isMocha = command[0] === 'mocha';
  const start = performance.now();
  const { status, output } = await run(
    isMocha ? [...command, '--reporter', 'test/reporter.ts'] : command,
    isMocha ? { NODE_V8_COVERAGE: coverage } : {},
  );
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`\n# ${title} (${String(seconds)} s)\n${output}`);
  // Without Go or Python the real parts cannot be had: their suites say so themselves.
  return status === 0 || !(isMocha || process.env.CI === 'true');
}

/** Both streams go to one file: in their order, and nobody waits for what a process left behind. */
async function run(
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const log = join(folder, `${randomUUID()}.log`);
  const stream = openSync(log, 'w');
  const child = spawn(command, args, {
    stdio: ['ignore', stream, stream],
    env: { ...process.env, TEST_COUNTS: countsFile, ...env },
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  closeSync(stream);
  return { status, output: readFileSync(log, 'utf8') };
}
