import mocha from 'mocha';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { appendToReport } from './report.ts';
import type { FailedTest } from './report.ts';

/** Mocha's usual report; what it counted, skipped and saw fail goes to the file that `npm test` sums up. */
export class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    const failed: FailedTest[] = [];
    runner.on('pending', (test: mocha.Test) => {
      skipped.push(test.fullTitle());
    });
    runner.on('fail', (test: mocha.Test, error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      failed.push({
        file: relative(process.cwd(), test.file ?? ''),
        title: test.fullTitle(),
        message: stripVTControlCharacters(message),
      });
    });
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      appendToReport({ counts: { passed: passes, failed: failures, skipped: pending }, skipped, failed });
    });
  }
}

export { CountingReporter as default };
