import { expect } from 'chai';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import type { Customizations } from '../../../plugin/customizations/apply.ts';
import { loadCustomizations, readFrom } from '../../../plugin/validate/load-customizations.ts';
import { failure } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { holmesgpt045 } from '../../support/git.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
const entry = 'toolsets: {own: {description: a}}\n';
const patch = '- {target: own, patch: [{op: test, path: /enabled, value: true}]}\n';

/** A repository with the Application in `apps/prod`. */
describe('plugin/validate/load-customizations', () => {
  const root = temporaryFolder();
  let folder: string;

  beforeEach(async () => {
    folder = join(root.path, 'apps/prod');
    await mkdir(folder, { recursive: true });
  });

  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const settings = (overrides: string): Promise<void> =>
    write('toolset.yaml', `${head}spec:\n  overrides: ${overrides}\n`);

  async function load(): Promise<Customizations> {
    return loadCustomizations(
      readFrom({ folder, root: root.path }),
      await loadSettings(readFrom({ folder, root: folder })),
      holmesgpt045,
    );
  }

  it('returns no overrides and no patches when there are no files', async () => {
    expect(await load()).to.deep.equal({ overrides: [], patches: [], patching: null });
  });

  it('reads overrides.yaml and patches.yaml by default', async () => {
    await write('overrides.yaml', entry);
    await write('patches.yaml', patch);

    const { overrides, patches } = await load();

    expect([overrides, patches].map((layers) => layers.map(({ file }) => file.name))).to.deep.equal([
      ['overrides.yaml'],
      ['patches.yaml'],
    ]);
  });

  it('does not load the patch library when there are no patches', async () => {
    await write('overrides.yaml', entry);

    expect((await load()).patching).to.equal(null);
  });

  it('reads the files that the settings list, in that order, including files elsewhere in the repository', async () => {
    await settings('{files: [../base.yaml, b.yaml, a.yaml], patches: [p.yaml]}');
    await write('../base.yaml', entry);
    for (const name of ['a.yaml', 'b.yaml', 'overrides.yaml']) await write(name, entry);
    await write('p.yaml', patch);

    const { overrides, patches } = await load();

    expect(overrides.map(({ file }) => file.name)).to.deep.equal(['../base.yaml', 'b.yaml', 'a.yaml']);
    expect(patches.map(({ file }) => file.name)).to.deep.equal(['p.yaml']);
  });

  it('reads no overrides when the list is empty', async () => {
    await settings('{files: [], patches: []}');
    await write('overrides.yaml', entry);

    expect((await load()).overrides).to.deep.equal([]);
  });

  it('fails with the line of the settings that lists a missing file', async () => {
    await settings('{files: [overrides.yaml, absent.yaml]}');
    await write('overrides.yaml', entry);

    const error = await failure(load);

    expect([error.code, error.message, error.hint]).to.deep.equal([
      'SETTINGS_INVALID',
      'toolset.yaml:4:39 absent.yaml is not there',
      'add the file, or remove it from the list',
    ]);
  });

  const refused = [
    {
      title: 'outside the repository',
      name: '../../../secret.yaml',
      says: 'FILE_UNREADABLE toolset.yaml:4:23 ../../../secret.yaml cannot be read: it is outside the repository',
    },
    {
      title: 'with an absolute path',
      name: '/etc/passwd.yaml',
      says: 'SETTINGS_INVALID toolset.yaml:4:23 spec.overrides.files.0: invalid path: expected that of a .yaml file, relative to the folder of toolset.yaml',
    },
    {
      title: 'without a YAML extension',
      name: '../id_rsa',
      says: 'SETTINGS_INVALID toolset.yaml:4:23 spec.overrides.files.0: invalid path: expected that of a .yaml file, relative to the folder of toolset.yaml',
    },
  ];
  for (const { title, name, says } of refused) {
    it(`fails for a file ${title}`, async () => {
      await settings(`{files: [${name}]}`);

      const { code, message } = await failure(load);

      expect(`${code} ${message}`).to.equal(says);
    });
  }

  it('fails for a symbolic link to a place outside the repository', async () => {
    await symlink('/etc/passwd', join(folder, 'overrides.yaml'));

    expect((await failure(load)).code).to.equal('FILE_UNREADABLE');
  });

  it('fails with the error code of the kind of file that is invalid YAML', async () => {
    await write('overrides.yaml', 'toolsets: [\n');
    expect((await failure(load)).code).to.equal('OVERRIDES_INVALID');

    await write('overrides.yaml', entry);
    await write('patches.yaml', '- [\n');
    expect((await failure(load)).code).to.equal('PATCHES_INVALID');
  });
});
