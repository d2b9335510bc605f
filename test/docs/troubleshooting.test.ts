import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { outcomes } from '../../plugin/doctor/first-question/outcomes.ts';
import { checkNames, reasons } from '../../plugin/doctor/reasons.ts';
import { bugExitCode, exitCodes } from '../../plugin/lib/codes.ts';
import { isThere, namedTests } from './named-tests.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');

describe('docs/troubleshooting.md', () => {
  it('lists every error code by its exit code', () => {
    const rows = [...text.matchAll(/^\| `failed exit status (\d+): …` +\| (.*?) *\|/gm)];

    const byExit = Map.groupBy(Object.entries(exitCodes), ([, exit]) => exit);
    const expected = [...byExit].map(([exit, entries]) => [
      String(exit),
      entries.map(([code]) => `\`${code}\``).join(', '),
    ]);
    expect(rows.map(([, exit, codes]) => [exit, codes])).to.deep.equal([...expected, [String(bugExitCode), '`BUG`']]);
  });

  it('describes every check of doctor', () => {
    const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| \w/gm)].map(([, name]) => name);

    expect(rows).to.deep.equal([...checkNames]);
  });

  it('names an e2e test of its own for every situation', () => {
    const rows = (/^## Situations\n[^]*?(?=^## )/m.exec(text)?.[0] ?? '').match(/^\| (?!Situation|-).*$/gm) ?? [];

    const named = rows.flatMap(namedTests);
    expect(rows).to.have.length.of.at.least(28);
    expect(rows.filter((row) => namedTests(row).length === 0)).to.deep.equal([]);
    expect(named.filter((one) => !one.file.startsWith('test/e2e/') || !isThere(one))).to.deep.equal([]);
    expect(new Set(named.map(({ file, title }) => `${file} ${title}`)).size).to.equal(named.length);
  });

  it('lists every reason of doctor with its check and status, in the order of the program', () => {
    const rows = [
      ...text.matchAll(/^\| `([A-Z]\w+)` +\| (?:`([a-z-]+)`|any) +\| (ok|problem|unknown|skipped) +\| \S/gm),
    ];

    expect(rows.map(([, reason, check = null, status]) => ({ reason, check, status }))).to.deep.equal(reasons);
  });
});

describe('docs/first-question.md', () => {
  it('lists every reason of a first question with its outcome, in the order of the program', () => {
    const firstQuestion = readFileSync(join(import.meta.dirname, '../../docs/first-question.md'), 'utf8');
    const rows = [...firstQuestion.matchAll(/^\| `([A-Z]\w+)` +\| `([a-z ]+)` +\| \S/gm)];

    expect(rows.map(([, reason, outcome]) => ({ reason, outcome }))).to.deep.equal(outcomes);
  });
});
