import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTexts, warningTexts } from '../../docs/code-texts.ts';
import { bugExitCode, exitCodes, warningCodes } from '../../plugin/lib/codes.ts';
import { codeUrl } from '../../plugin/lib/messages/docs-url.ts';
import { PluginError } from '../../plugin/lib/errors.ts';
import { stderrLog } from '../../plugin/lib/messages/log.ts';
import { problems } from '../../plugin/serve/http/problem.ts';
import { anchorsIn } from '../support/guide.ts';

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
    it(`explains ${code}: what it means, where it is shown and what to do`, () => {
      const section = sections.get(code) ?? '';

      const parts = [...section.matchAll(/^- \*\*(\w+):\*\* \S/gm)].map(([, part]) => part);
      expect(parts).to.deep.equal(['Means', 'Shown', 'Do', 'Read']);
    });

    it(`has a heading that the message of ${code} links to`, () => {
      expect(codeUrl(code)).to.match(new RegExp(`/docs/errors\\.md#${code.toLowerCase()}$`));
    });
  }

  for (const [name, { status }] of Object.entries(problems)) {
    it(`explains the problem ${name}: its status, what it means and what to do`, () => {
      const section = sections.get(name) ?? '';

      const parts = [...section.matchAll(/^- \*\*(\w+):\*\* \S/gm)].map(([, part]) => part);
      expect(parts).to.deep.equal(['Status', 'Means', 'Do']);
      expect(section).to.include(`- **Status:** ${String(status)}\n`);
    });
  }

  it('has no heading for an unknown code', () => {
    expect([...sections.keys()].toSorted()).to.deep.equal([...codes, ...Object.keys(problems)].toSorted());
  });

  for (const [code, { guide }] of Object.entries({ ...errorTexts, ...warningTexts })) {
    it(`names an existing guide for ${code}`, () => {
      const [file = '', anchor] = guide.split('#');
      const anchors = anchorsIn(readFileSync(join(repository, 'docs', file), 'utf8'));

      expect(anchors).to.include(anchor ?? anchors[0]);
    });
  }

  it('lists every code with its exit code, in the order of the program', () => {
    const rows = [...text.matchAll(/^\| ([1-9]\d*) +\| (.*?) *\|/gm)];

    const byExit = Map.groupBy(Object.entries(exitCodes), ([, exit]) => exit);
    const expected = [...byExit].map(([exit, entries]) => [String(exit), entries.map(([code]) => code).join(', ')]);
    expect(rows.map(([, exit, listed]) => [exit, listed])).to.deep.equal([...expected, [String(bugExitCode), 'BUG']]);
  });

  it('shows an error as the program prints it for Argo CD', () => {
    let printed = '';
    const log = stderrLog((line) => (printed += line), false, true);
    const message = 'toolset.yaml:4:3 spec: unknown key "discvery", did you mean "discovery"?';
    const hint = 'docs/settings.md lists every setting of toolset.yaml';

    log.failure(new PluginError('SETTINGS_INVALID', message, { hint }));

    expect(text).to.contain(printed);
  });
});
