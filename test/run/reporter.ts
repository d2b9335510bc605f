import { config } from 'chai';
import mocha from 'mocha';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { appendToReport } from './report.ts';
import type { FailedTest } from './report.ts';

/** Mocha's usual report; counts, skipped and failed tests also go to the file that `npm test` summarizes. */
export class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    // Shows values in full: a failure that only occurs beside other suites is hard to reproduce.
    config.truncateThreshold = 0;
    const skipped: string[] = [];
    const failed: FailedTest[] = [];
    runner.on('pending', (test: mocha.Test) => {
      skipped.push(test.fullTitle());
    });
    runner.on('fail', (test: mocha.Test, error: unknown) => {
      failed.push({
        file: relative(process.cwd(), test.file ?? ''),
        title: test.fullTitle(),
        message: stripVTControlCharacters(messageOf(error)),
      });
    });
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      appendToReport({ counts: { passed: passes, failed: failures, skipped: pending }, skipped, failed });
    });
  }
}

/** In a parallel run, an error comes from another process, as plain data. */
function messageOf(error: unknown): string {
  const { message } = Object(error) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}

export { CountingReporter as default };
