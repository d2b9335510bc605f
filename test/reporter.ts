import { appendFileSync } from 'node:fs';
import mocha from 'mocha';

/** Mocha's usual report, and one line of counts appended to the file that TEST_COUNTS names: for the sum of all suites. */
export class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options);
    const file = process.env.TEST_COUNTS;
    if (file === undefined) return;
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      appendFileSync(file, `${JSON.stringify({ passed: passes, failed: failures, skipped: pending })}\n`);
    });
  }
}

export { CountingReporter as default };
