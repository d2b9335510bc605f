import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PreviewFinding } from '../../plugin/validate/preview/finding.ts';
import { previewOf } from '../../plugin/validate/preview/preview.ts';
import { gitFiles } from '../support/git-files.ts';
import type { HolmesVersion } from '../tools/holmesgpt.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import { entriesRefused } from './agreement/compare.ts';
import { entriesNamed } from './agreement/told.ts';
import type { Library } from './library.ts';
import { example } from './products.ts';
import { judgeSuite } from './suite.ts';

const folder = join(import.meta.dirname, 'toolset-files');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const pairs = holmesVersions.flatMap((from) => holmesVersions.map((to) => [from, to] as const));

/** What a preview says of another release, beside what the real HolmesGPT of both does. */
describe('holmesgpt/preview', () => {
  const suite = judgeSuite();
  const libraries = {} as Record<HolmesVersion, Library>;
  const on = {} as Record<HolmesVersion, readonly string[]>;

  before(async () => {
    for (const version of holmesVersions) {
      libraries[version] = await suite.judges[version].library();
      on[version] = await enabledIn(version);
    }
  });

  const refused = (text: string, version: HolmesVersion): Promise<readonly string[]> =>
    entriesRefused(suite.judges[version], libraries[version], text);

  for (const name of files) {
    it(`reports the entries of ${name} that only the newer one of any two releases rejects`, async () => {
      const text = readFileSync(join(folder, name), 'utf8');
      const by = await refusedByEach(text, refused);

      for (const [from, to] of pairs) await assertAgreement(text, [from, to], by);
    });
  }

  for (const version of holmesVersions) {
    it(`reports what each other release rejects in the file generated for ${version}`, async () => {
      const services = ['prometheus', 'grafana', 'loki', 'tempo', 'jaeger', 'elasticsearch', 'alertmanager'].map(
        (id) => example(id).service,
      );
      const { text } = await suite.generate({ version: minorOf(version) }, services);
      const by = await refusedByEach(text, refused);

      expect(by.get(version)).to.deep.equal([]);
      for (const to of holmesVersions) await assertAgreement(text, [version, to], by);
    });
  }

  for (const [from, to] of pairs.filter(([one, other]) => one !== other)) {
    it(`reports what ${to} enables by default compared with ${from}`, async () => {
      const [was, is] = [on[from], on[to]];
      const { comesOn, goesOff } = besides(previewOf(await gitFiles(target(from)), minorOf(to)));

      const known = libraries[to].toolsets;
      const former: Readonly<Record<string, string>> = { runbook: 'skills', skills: 'runbook' };
      const before = was.map((one) => (known[one] ? one : (former[one] ?? one)));
      expect(comesOn).to.deep.equal(is.filter((one) => !before.includes(one)));
      expect(goesOff).to.deep.equal(before.filter((one) => !is.includes(one) && known[one]));
    });
  }

  async function enabledIn(version: HolmesVersion): Promise<string[]> {
    const text = 'toolsets: {kubernetes/core: {enabled: true}}\n';
    const { toolsets } = await suite.judges[version].judge(text, { isImpatient: true });
    return Object.keys(toolsets)
      .filter((one) => toolsets[one]!.enabled && one !== 'kubernetes/core')
      .sort();
  }
});

type Refused = ReadonlyMap<HolmesVersion, readonly string[]>;

async function refusedByEach(
  text: string,
  refused: (text: string, version: HolmesVersion) => Promise<readonly string[]>,
): Promise<Refused> {
  const each = await Promise.all(holmesVersions.map(async (one) => [one, await refused(text, one)] as const));
  return new Map(each);
}

/** Entries that only the second refuses are said to break, and those that it takes are not. */
async function assertAgreement(
  text: string,
  [from, to]: readonly [HolmesVersion, HolmesVersion],
  by: Refused,
): Promise<void> {
  const preview = previewOf(await gitFiles(target(from), { 'overrides.yaml': text }), minorOf(to));
  const told = entriesNamed(
    text,
    preview.filter(({ change }) => change === 'breaks'),
  );
  const [was, is] = [by.get(from) ?? [], by.get(to) ?? []];
  // Of a file that is not loaded nothing can be seen.
  if (was.includes('file') || is.includes('file')) {
    if (is.includes('file') && !was.includes('file')) expect(told, `${from} -> ${to}`).to.deep.equal(['file']);
    return;
  }
  const newly = is.filter((one) => !was.includes(one));
  expect(told, `${from} -> ${to}`).to.include.members(newly);
  expect(is, `${from} -> ${to}`).to.include.members(told);
}

/** What a preview says of toolsets that are on without being asked for. */
function besides(preview: readonly PreviewFinding[]): Record<'comesOn' | 'goesOff', string[]> {
  const listed = (words: string): string[] => {
    const found = preview.find(({ message }) => message.includes(words));
    return found?.message.split(`${words}: `)[1]?.split(', ').sort() ?? [];
  };
  return { comesOn: listed(' enables by itself'), goesOff: listed(' does not enable by itself') };
}

function target(version: HolmesVersion): string {
  return `{target: {version: "${minorOf(version)}"}}`;
}

function minorOf(version: HolmesVersion): string {
  return version.split('.').slice(0, 2).join('.');
}
