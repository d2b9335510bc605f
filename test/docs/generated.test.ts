import { expect } from 'chai';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { generators } from '../../docs/generate.ts';
import { openFolder } from '../../plugin/settings/file.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import { parseSettings } from '../../plugin/settings/parse-settings.ts';
import { parseYamlFile } from '../../plugin/settings/yaml/parse.ts';
import { consumerOf } from '../../plugin/consumers/index.ts';
import { anchorsIn } from '../support/guide.ts';
import { loadCustomizations, readFrom } from '../../plugin/validate/load-customizations.ts';

const repository = join(import.meta.dirname, '../..');
const schemaFile = 'docs/schemas/toolset.schema.json';

describe('docs', () => {
  for (const [path, generate] of Object.entries(generators)) {
    it(`has ${path} up to date with the sources (npm run docs writes it)`, async () => {
      expect(read(path)).to.equal(await generate());
    });
  }

  it('describes every setting', () => {
    const undescribed = read('docs/settings.md').match(/^\| `.*\|\s+\|$/gm) ?? [];

    expect(undescribed).to.deep.equal([]);
  });

  for (const file of globSync(['README.md', 'CHANGELOG.md', 'docs/**/*.md'], { cwd: repository })) {
    it(`has only links to existing targets in ${file}`, () => {
      const links = [...prose(read(file)).matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
      const local = links.filter((link) => !/^[a-z]+:/.test(link));

      expect(local.filter((link) => !isThere(file, link))).to.deep.equal([]);
    });
  }

  for (const folder of globSync('manifests/examples/*/toolset.yaml', { cwd: repository }).map(dirname)) {
    it(`keeps ${folder} valid, with a schema that editors find`, async () => {
      const toolset = read(join(folder, 'toolset.yaml'));
      const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(toolset) ?? [];

      expect(relative(repository, join(repository, folder, schema))).to.equal(schemaFile);
      const path = await openFolder(join(repository, folder));
      const settings = await loadSettings(readFrom({ folder: path, root: path }));
      await loadCustomizations(readFrom({ folder: path, root: path }), settings, consumerOf(settings.spec.target));
    });
  }

  it('shows only valid settings in the commented-out lines of the example', () => {
    const commented = read('manifests/examples/holmesgpt/toolset.yaml').replace(/^( *)# ((?: *)(?:\w+:.*))$/gm, '$1$2');

    const { written } = parseSettings(parseYamlFile({ name: 'toolset.yaml', text: commented }, 'SETTINGS_INVALID'));

    expect(written).to.have.nested.property('discovery.instances', 'best');
    expect(written).to.have.nested.property('detectors.grafana.enabled', false);
  });
});

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** The file that a link leads to, and its heading. */
function isThere(from: string, link: string): boolean {
  const [name = '', anchor] = link.split('#');
  const file = name === '' ? from : join(dirname(from), name);
  if (!existsSync(join(repository, file))) return false;
  return anchor === undefined || anchorsIn(read(file)).includes(anchor);
}

/** Without code, in which a bracket and a parenthesis are no link. */
function prose(markdown: string): string {
  return markdown.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}
