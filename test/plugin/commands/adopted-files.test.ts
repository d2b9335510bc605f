import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { temporaryFolder } from '../../support/folder.ts';
import { runHere } from '../../support/run.ts';

const folders = ['hand-written', 'toolset-files'].map((name) => join(import.meta.dirname, '../../holmesgpt', name));
const recorded = readFileSync(join(import.meta.dirname, '../../cases/several-instances/cluster.yaml'), 'utf8');
const cluster = parse(recorded) as { readonly items: readonly object[] };
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
);
const settings = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {version: "0.45"}}\n';

/** Live files of people: what `validate` and `generate` say of the file that `adopt` made. */
describe('plugin/commands/adopted-files', () => {
  const folder = temporaryFolder();

  for (const { name, text } of files) {
    it(`finds in the adopted ${name} nothing that is not in the file itself, and no change without effect`, async () => {
      const metadata = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
      const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'custom_toolset.yaml': text } };
      const snapshot = await folder.write('cluster.yaml', stringify({ ...cluster, items: [...cluster.items, live] }));
      await folder.write('toolset.yaml', settings);
      await folder.write('overrides.yaml', text);
      const before = await validated(folder.path);
      await folder.write('overrides.yaml', '');

      const { code, stdout } = await runHere(['adopt', '--path', folder.path, '--snapshot', snapshot]);
      await folder.write('overrides.yaml', stdout);
      const { stderr } = await runHere(['generate', '--path', folder.path, '--snapshot', snapshot]);

      expect(code).to.be.oneOf(name === 'r12-list-form.yaml' ? [2] : [0, 1]);
      expect((await validated(folder.path)).filter((one) => !before.includes(one))).to.deep.equal([]);
      expect(stderr.split('\n').filter((line) => /"warning".*"OVERRIDE_(?:UNUSED|SHADOWED)"/.test(line))).to.deep.equal(
        [],
      );
    });
  }
});

/** The findings without their places. */
async function validated(path: string): Promise<string[]> {
  const { stdout } = await runHere(['validate', '--path', path, '-o', 'json']);
  const found = JSON.parse(stdout) as readonly { severity: string; code: string; message: string }[];
  return found.filter(({ severity }) => severity !== 'note').map(({ code, message }) => `${code} ${message}`);
}
