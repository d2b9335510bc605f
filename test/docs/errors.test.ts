import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bugExitCode, exitCodes, warningCodes } from '../../plugin/lib/codes.ts';
import { PluginError } from '../../plugin/lib/errors.ts';
import { stderrLog } from '../../plugin/lib/log.ts';

const repository = join(import.meta.dirname, '../..');
const text = readFileSync(join(repository, 'docs/errors.md'), 'utf8');
const codes = [...Object.keys(exitCodes), 'BUG', ...warningCodes];

/** By heading. */
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n')[0] ?? '', section] as const),
);

describe('docs/errors.md', () => {
  for (const code of codes) {
    it(`says of ${code} what it means, where it is shown and what to do`, () => {
      const section = sections.get(code) ?? '';

      const parts = [...section.matchAll(/^- \*\*(\w+):\*\* \S/gm)].map(([, part]) => part);
      expect(parts).to.deep.equal(['Means', 'Shown', 'Do']);
    });
  }

  it('has no heading that is no code', () => {
    expect([...sections.keys()].toSorted()).to.deep.equal(codes.toSorted());
  });

  it('lists every code with its exit code, in the order of the program', () => {
    const rows = [...text.matchAll(/^\| ([1-9]\d*) +\| (.*?) *\|/gm)];

    const byExit = Map.groupBy(Object.entries(exitCodes), ([, exit]) => exit);
    const expected = [...byExit].map(([exit, entries]) => [String(exit), entries.map(([code]) => code).join(', ')]);
    expect(rows.map(([, exit, listed]) => [exit, listed])).to.deep.equal([...expected, [String(bugExitCode), 'BUG']]);
  });

  it('shows an error as the program prints it', () => {
    let printed = '';
    const log = stderrLog((line) => (printed += line), false);
    const message = 'toolset.yaml:4:3 spec: unknown key "discvery", did you mean "discovery"?';
    const hint = 'docs/settings.md lists every setting of toolset.yaml';

    log.failure(new PluginError('SETTINGS_INVALID', message, { hint }));

    expect(text).to.contain(printed);
  });
});
