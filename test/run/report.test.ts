import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../support/folder.ts';
import { countsLine, failedText, readReport, skippedText, sumUp } from './report.ts';

const chromium = { name: 'chromium', remedy: 'apt-get install chromium' };
const redis = { name: 'redis-server', remedy: 'apt-get install redis-server' };
const holmes = { name: 'HolmesGPT', remedy: 'node test/tools/holmesgpt.ts' };
const broken = { file: 'test/a.test.ts', title: 'a does', message: 'expected 1 to equal 2\n' };
const counts = { passed: 3, failed: 1, skipped: 2 };

describe('run/report', () => {
  const folder = temporaryFolder();

  it('adds up the counts of the suites, and names each missing part once', () => {
    const report = sumUp([
      { counts, skipped: ['page a', 'page b'], failed: [broken] },
      { missing: chromium },
      { missing: chromium },
      { counts: { passed: 10, failed: 0, skipped: 0 }, skipped: [], failed: [] },
    ]);

    expect(report).to.deep.equal({
      counts: { passed: 13, failed: 1, skipped: 2 },
      skipped: ['page a', 'page b'],
      failed: [broken],
      missing: [chromium],
    });
    expect(countsLine(report.counts)).to.equal('13 passed, 1 failed, 2 skipped');
  });

  it('reads what processes appended, and counts nothing when none did', async () => {
    const file = join(folder.path, 'report.jsonl');

    expect(readReport(file).counts).to.deep.equal({ passed: 0, failed: 0, skipped: 0 });
    await writeFile(
      file,
      `${JSON.stringify({ counts, skipped: [], failed: [] })}\n${JSON.stringify({ missing: redis })}\n`,
    );

    expect(readReport(file)).to.deep.equal({ counts, skipped: [], failed: [], missing: [redis] });
  });

  it('lists the skipped tests with one command that installs all missing parts', () => {
    const skipped = ['page a', 'page b'];

    expect(skippedText({ counts, skipped, failed: [], missing: [chromium, holmes, redis] })).to.equal(`2 skipped:
  page a
  page b
missing: chromium, HolmesGPT, redis-server
to run them: apt-get install chromium redis-server && node test/tools/holmesgpt.ts && npm test`);
  });

  it('lists at most ten skipped titles', () => {
    const skipped = Array.from({ length: 12 }, (_, i) => `test ${String(i)}`);

    expect(skippedText({ counts, skipped, failed: [], missing: [] }).split('\n').slice(-2)).to.deep.equal([
      '  test 9',
      '  and 2 more',
    ]);
  });

  it('lists the failed tests with the first lines of their messages', () => {
    const long = {
      ...broken,
      title: 'a prints',
      message: Array.from({ length: 9 }, (_, i) => `line ${String(i)}`).join('\n'),
    };

    expect(failedText({ failed: [broken, long] })).to.equal(`FAILED test/a.test.ts: a does
  expected 1 to equal 2
FAILED test/a.test.ts: a prints
  line 0
  line 1
  line 2
  line 3
  line 4`);
    expect(failedText({ failed: Array.from({ length: 40 }, () => broken) })).to.match(/\nand 10 more$/);
    expect(failedText({ failed: [] })).to.equal('');
  });

  it('prints nothing when nothing was skipped', () => {
    expect(skippedText({ counts, skipped: [], failed: [], missing: [] })).to.equal('');
  });
});
