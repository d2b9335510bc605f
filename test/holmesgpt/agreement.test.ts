import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileDiagnostic } from '../../plugin/lib/diagnostic.ts';
import { findingsIn } from '../../plugin/validate/files.ts';
import { randomFrom } from '../chaos/random.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import { compare, entriesRefused } from './agreement/compare.ts';
import { mutatedEntries } from './agreement/entries.ts';
import { entriesNamed } from './agreement/told.ts';
import type { Library } from './library.ts';
import { minorOf } from './library.ts';
import { judgeSuite } from './suite.ts';

const folder = join(import.meta.dirname, 'toolset-files');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** `validate` beside the real HolmesGPT: on files that people wrote, and on entries with one thing changed. */
describe('holmesgpt/agreement', () => {
  const suite = judgeSuite();

  it('has the 24 files that people wrote', () => {
    expect(files).to.have.length(24);
  });

  for (const version of holmesVersions) {
    let library: Library;

    before(async () => {
      library = await suite.judges[version].library();
    });

    for (const name of files) {
      it(`${version} refuses of ${name} what validate tells`, async () => {
        const text = readFileSync(join(folder, name), 'utf8');
        const refused = await entriesRefused(suite.judges[version], library, text);

        expect(entriesNamed(text, await findingsOf(text, version))).to.deep.equal(refused);
      });
    }

    it(`${version} and validate agree about all toolsets with one change each, but for one in fifty`, async () => {
      const entries = mutatedEntries(minorOf(version), randomFrom(7));
      const compared = await compare(suite.judges[version], entries);

      const apart = compared
        .filter(({ agrees }) => !agrees)
        .map(({ name, change, refused }) => [name, change, refused]);
      expect(apart, JSON.stringify(apart)).to.have.length.at.most(Math.floor(entries.length / 50));
    });
  }
});

async function findingsOf(text: string, version: string): Promise<FileDiagnostic[]> {
  const settings = `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {version: "${version.split('.').slice(0, 2).join('.')}"}}\n`;
  const texts: Readonly<Record<string, string>> = { 'toolset.yaml': settings, 'overrides.yaml': text };
  return findingsIn((name) => Promise.resolve(texts[name] === undefined ? null : { name, text: texts[name] }));
}
