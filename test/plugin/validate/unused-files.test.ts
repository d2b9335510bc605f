import { expect } from 'chai';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listFolderFiles } from '../../../plugin/settings/folder-files.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { unusedFileFindings } from '../../../plugin/validate/unused-files.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runHere } from '../../support/run.ts';

const manifest = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n';

describe('plugin/validate/unused-files', () => {
  const folder = temporaryFolder();

  async function told(texts: Readonly<Record<string, string>>): Promise<string[]> {
    for (const [name, text] of Object.entries(texts)) await folder.write(name, text);
    return unusedFileFindings(await listFolderFiles(folder.path), [parseSettings(null)]).map(
      ({ code, location: { file }, message }) => `${code} ${file} ${message}`,
    );
  }

  it('ignores files that are read, and files that are not manifests', async () => {
    const policy = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: DiscoveryPolicy\nspec: {projects: {}}\n';
    const texts = { 'README.md': manifest, 'values.yaml': 'a: b\n', 'policy.yaml': policy, '.hidden.yaml': manifest };

    expect(await told({ 'toolset.yaml': '', 'overrides.yaml': '', 'patches.yaml': '', ...texts })).to.deep.equal([]);
  });

  it('ignores a recorded cluster and the printed ConfigMap', async () => {
    const printed = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    kubernaut.io/toolset-digest: a\n';
    const recorded = '{"apiVersion":"v1","kind":"List","items":[\n{"apiVersion":"v1","kind":"Service"}\n]}\n';

    expect(await told({ 'expected.yaml': printed, 'cluster.json': recorded })).to.deep.equal([]);
  });

  it('finds nothing in the folder of this project, whose plugin.yaml is no object of a cluster', async () => {
    const root = join(import.meta.dirname, '../../..');

    expect(unusedFileFindings(await listFolderFiles(root), [parseSettings(null)])).to.deep.equal([]);
  });

  it('reports manifests that Argo CD does not apply once, however many there are', async () => {
    const [first, ...others] = await told({
      'b.yaml': manifest,
      'a.yaml': manifest,
      'c.json': '{"apiVersion": "v1",\n"kind": "Pod"}',
    });

    expect([first, others]).to.deep.equal([
      'FILE_UNUSED a.yaml is not applied: Argo CD does not apply manifests here (this and 2 more), since the plugin replaces its own tools',
      [],
    ]);
  });

  it('reports files of Kustomize and Helm as not applied', async () => {
    const lines = await told({
      'kustomization.yaml': 'kind: Kustomization\napiVersion: a/b\n',
      'Chart.yaml': 'name: a\n',
    });

    expect(lines.map((line) => line.split(',')[0])).to.deep.equal([
      'FILE_UNUSED Chart.yaml is not applied: Argo CD does not run Helm here',
      'FILE_UNUSED kustomization.yaml is not applied: Argo CD does not run Kustomize here',
    ]);
  });

  it('follows no symbolic links and reads no subfolders', async () => {
    const outside = await folder.write('.outside', manifest);
    await symlink(outside, join(folder.path, 'link.yaml'));
    await mkdir(join(folder.path, 'base.yaml'));

    expect(await told({})).to.deep.equal([]);
  });

  it('reports a file that the settings no longer name', async () => {
    await folder.write('overrides.yaml', '');
    const { spec } = parseSettings(null);

    const findings = unusedFileFindings(await listFolderFiles(folder.path), [
      { spec: { ...spec, overrides: { ...spec.overrides, files: ['../base.yaml'] } } },
    ]);

    expect(findings.map(({ message }) => message)).to.deep.equal([
      'is not read: spec.overrides of toolset.yaml names other files',
    ]);
  });

  it('warns in the generated manifest, and validate reports a folder without any of the files', async () => {
    const empty = await runHere(['validate', folder.path]);
    await folder.write('override.yaml', 'toolsets: {}\n');
    const cluster = join(import.meta.dirname, '../../../manifests/examples/cluster.yaml');
    const generated = await runHere(['generate', '--path', folder.path, '--snapshot', cluster]);

    expect(empty.code).to.equal(1);
    expect(empty.stdout).to.include(
      'is not there, nor is any other file that is read: toolset.yaml, overrides.yaml, patches.yaml',
    );
    expect(generated.stdout).to.include(
      '  FILE_UNUSED override.yaml:1:1 is not read: its name is almost overrides.yaml',
    );
  });
});
