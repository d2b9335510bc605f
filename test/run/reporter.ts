import mocha from 'mocha';
import { appendToReport } from './report.ts';

/** Mocha's usual report; what it counted and skipped goes to the file that `npm test` sums up. */
export class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    runner.on('pending', (test: mocha.Test) => {
      skipped.push(test.fullTitle());
    });
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      appendToReport({ counts: { passed: passes, failed: failures, skipped: pending }, skipped });
    });
  }
}

export { CountingReporter as default };
