import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Every suite, one after the other, and the lines that all of them covered together; the last line counts their tests.
 * A suite that needs a real part skips its tests where it is missing, and fails with CI=true.
 */
const suites: readonly (readonly [title: string, command: string, ...args: string[]])[] = [
  ['PyYAML', process.execPath, 'test/tools/python.ts'],
  ['pre-commit', process.execPath, 'test/tools/pre-commit.ts'],
  ['unit', 'mocha'],
  ['HolmesGPT', process.execPath, 'test/tools/holmesgpt.ts'],
  ['real HolmesGPT', 'mocha', '--config', 'test/judge/.mocharc.json'],
  ['schemathesis', process.execPath, 'test/tools/schemathesis.ts'],
  ['real parts', process.execPath, 'test/tools/build.ts'],
  ['real API server', 'mocha', '--config', 'test/cluster/.mocharc.json'],
  ['real Argo CD', 'mocha', '--config', 'test/e2e/.mocharc.json'],
];

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-test-'));
const countsFile = join(folder, 'counts.jsonl');
const coverage = join(folder, 'coverage');
const reporter = ['--reporter', 'test/reporter.ts'];

const failed = suites.filter(([title, command, ...args]) => {
  console.log(`\n# ${title}`);
  const isMocha = [command, ...args].includes('mocha');
  const { status } = spawnSync(command, [...args, ...(isMocha ? reporter : [])], {
    stdio: 'inherit',
    env: { ...process.env, TEST_COUNTS: countsFile, ...(isMocha ? { NODE_V8_COVERAGE: coverage } : {}) },
  });
  // Without Go or Python the real parts cannot be had: their suites say so themselves.
  return status !== 0 && (isMocha || process.env.CI === 'true');
});

console.log('\n# coverage');
const { status: covered } = spawnSync('c8', ['report', '--temp-directory', coverage], { stdio: 'inherit' });

const counts = readFileSync(countsFile, { encoding: 'utf8', flag: 'a+' })
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Counts);
rmSync(folder, { recursive: true });

const sum = (of: (one: Counts) => number): string => String(counts.reduce((total, one) => total + of(one), 0));
if (failed.length > 0) console.log(`\nfailed: ${failed.map(([title]) => title).join(', ')}`);
console.log(
  `\n${sum((one) => one.passed)} passed, ${sum((one) => one.failed)} failed, ${sum((one) => one.skipped)} skipped`,
);
process.exit(failed.length > 0 || covered !== 0 ? 1 : 0);
