import { Stryker } from '@stryker-mutator/core';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { Part } from './areas.ts';
import { bar, partsOf } from './areas.ts';
import type { Result } from './report.ts';
import { renderScores, renderSurvivors, scoreOf } from './report.ts';

/**
 * npm run mutation -- [FOLDER or FILE ...] [--workers 2] [--changed]
 *
 * Breaks the code in small ways and counts how many of them the tests notice. With --changed only what changed in the
 * code or in the tests since the last run is tried again. Exit code 1 where a folder is below the bar.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '2' }, changed: { type: 'boolean', default: false } },
});

const results: Result[] = [];
for (const part of partsOf(positionals)) {
  console.log(`\n# ${part.folder}`);
  results.push({ folder: part.folder, mutants: await mutate(part) });
}

console.log(`\nMutants that no test detected\n${renderSurvivors(results, (file) => readFileSync(file, 'utf8'))}`);
console.log(renderScores(results));
process.exitCode = results.every((result) => scoreOf(result) >= bar) ? 0 : 1;

async function mutate({ folder, mutate, tests, without }: Part): Promise<Result['mutants']> {
  const mutants = await new Stryker({
    testRunner: 'mocha',
    plugins: ['./test/mutation/mocha-runner.ts'],
    mutate: [mutate],
    // Not `testFiles`: Stryker 10 then runs no test at all for what is computed while modules load.
    mochaOptions: { spec: [...tests], ...(without.length > 0 && { grep: `/^(?!.*(${without.join('|')}))/` }) },
    coverageAnalysis: 'perTest',
    // What is computed while modules load needs a new process, which loads all tests within this time.
    timeoutMS: 15_000,
    concurrency: Number(values.workers),
    incremental: true,
    incrementalFile: `.cache/mutation/${folder.replaceAll('/', '-')}.json`,
    force: !values.changed,
    tempDirName: '.cache/mutation/sandbox',
    cleanTempDir: 'always',
    reporters: ['progress-append-only'],
    allowConsoleColors: false,
    thresholds: { high: 100, low: 0, break: null },
  }).runMutationTest();
  return mutants.map((mutant) => ({ ...mutant, fileName: relative(process.cwd(), mutant.fileName) }));
}
