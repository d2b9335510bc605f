import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRepositoryUrl } from '../../plugin/propose/repository-url.ts';
import { Workspace } from '../../plugin/propose/git/workspace.ts';
import { failure } from '../support/failure.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runHere } from '../support/run.ts';
import { atOnce, keyed, manifest, prometheus, Scene, values } from './fixture.ts';

describe('plugin/commands/propose on a hostile repository', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let scene: Scene;

  beforeEach(async () => {
    scene = new Scene(folder);
    await scene.cluster(prometheus);
  });

  it('runs no filter, hook or submodule of the repository, and no configuration of the machine', async () => {
    const mark = join(folder.path, 'executed');
    const touch = `touch '${mark}'`;
    scene.repository.commit({
      '.gitattributes': '* filter=evil diff=evil merge=evil\n*.yaml filter=lfs\n',
      '.gitmodules': `[submodule "x"]\n  path = x\n  url = ext::sh -c "${touch}"\n`
        .replaceAll('"', "'")
        .replace("'x'", '"x"'),
      '.lfsconfig': `[lfs]\n  url = http://127.0.0.1:1/\n`,
      'prod/values.yaml': values,
    });
    const home = join(folder.path, 'home');
    const hooks = join(folder.path, 'hooks');
    await Promise.all([mkdir(home), mkdir(hooks)]);
    for (const name of ['pre-push', 'post-index-change', 'reference-transaction', 'commit-msg'])
      await writeFile(join(hooks, name), `#!/bin/sh\n${touch}\n`, { mode: 0o755 });
    const settings = `[core]\n  hooksPath = ${hooks}\n  fsmonitor = ${touch}\n[filter "evil"]\n  clean = ${touch}\n  smudge = ${touch}\n`;
    await writeFile(join(home, '.gitconfig'), settings);

    const outcome = await scene.run([...keyed, ...atOnce], { HOME: home, XDG_CONFIG_HOME: home });

    expect(outcome).to.include({ outcome: 'proposed' });
    expect(existsSync(mark)).to.equal(false);
  });

  for (const [what, settings] of [
    ['a folder that does not exist', 'setings'],
    ['a file', 'settings/toolset.yaml'],
  ] as const) {
    it(`rejects settings in ${what}, instead of proposing what the defaults give`, async () => {
      scene.repository.commit({ 'settings/toolset.yaml': '' });

      const { code, message } = await failure(() => scene.run([...manifest, ...atOnce, '--settings', settings]));

      expect([code, message]).to.deep.equal([
        'REPOSITORY_INVALID',
        `the repository has no folder ${JSON.stringify(settings)}`,
      ]);
    });
  }

  const kind = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
  const named = `${kind}spec: {overrides: {files: [team.yaml]}}\n`;
  for (const [what, file, args] of [
    ['of the settings', 'settings/toolset.yaml', ['--settings', 'settings']],
    ['that the settings name', 'settings/team.yaml', ['--settings', 'settings']],
    ['that the settings would be read from', 'settings/patches.yaml', ['--settings', 'settings', '--form', 'file']],
    ['in --path', 'test/cases/holmesgpt-0.24/toolset.yaml', ['--path', 'test/cases/holmesgpt-0.24']],
    ['of other settings', 'apps/one/settings.yaml', []],
    ['of other settings, for a key', 'apps/one/settings.yaml', ['--key', '/spec']],
  ] as const)
    it(`rejects a file ${what}, which it would overwrite`, async () => {
      scene.repository.commit({
        'settings/toolset.yaml': named,
        'settings/team.yaml': 'toolsets: {}\n',
        'apps/one/settings.yaml': kind,
      });

      const { code, message } = await failure(() => scene.run(['--file', file, ...atOnce, ...args]));

      expect([code, message]).to.deep.equal([
        'USAGE',
        `invalid --file ${JSON.stringify(file)}: expected a file that no settings are read from, since it is overwritten`,
      ]);
      expect(scene.repository.proposals()).to.deep.equal([]);
    });

  it('reads settings from the repository, and rejects a link among them', async () => {
    const toolset =
      'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {configMap: {name: mine}}}\n';
    scene.repository.commit({ 'settings/toolset.yaml': toolset });

    const outcome = await scene.run([...manifest, ...atOnce, '--settings', 'settings']);

    expect(scene.repository.text(outcome.branch!, 'prod/toolsets.yaml')).to.include('\n  name: mine\n');
    scene.repository.commit({ 'settings/overrides.yaml': '120000:/etc/passwd' });
    const { code, message } = await failure(() => scene.run([...manifest, ...atOnce, '--settings', 'settings']));
    expect([code, message]).to.deep.equal([
      'REPOSITORY_INVALID',
      '"settings/overrides.yaml" of the repository is a link',
    ]);
  });

  it('rejects a repository above the download limit, whatever the server sends', async () => {
    scene.repository.git('config', 'uploadpack.allowFilter', 'false');
    const noise = execFileSync('head', ['-c', '3000000', '/dev/urandom'], { maxBuffer: 4_000_000 }).toString('base64');
    scene.repository.commit({ 'noise.txt': noise });
    const repository = parseRepositoryUrl(scene.repository.path);
    if ('mistake' in repository) throw new Error(repository.mistake);
    const access = {
      tokenFile: undefined,
      username: '',
      caFile: undefined,
      sshKeyFile: undefined,
      knownHostsFile: undefined,
    };
    const options = {
      repository,
      access: { ...access, signingKeyFile: undefined, author: { name: 'x', email: 'x' } },
      machine: { PATH: process.env.PATH },
      signal: AbortSignal.timeout(60_000),
      maxFolderBytes: 1024 * 1024,
    };

    const { code, message } = await failure(() =>
      Workspace.with(options, async (workspace) => {
        await workspace.refs(['refs/heads/main']);
        await workspace.fetch(['refs/heads/main']);
      }),
    );

    expect([code, message]).to.deep.equal([
      'REPOSITORY_TOO_LARGE',
      'the newest commit of the repository takes more than 1 MB',
    ]);
  });

  it('rejects a URL that git could read as something else, and shows no password of a URL', async () => {
    const run = (url: string): ReturnType<typeof runHere> =>
      runHere(['propose', '--repository', url, '--file', 'a.yaml', '--snapshot', scene.snapshot]);
    const names = [
      ...['--upload-pack=touch /tmp/x', 'ext::sh -c touch% x', 'ssh://-oProxyCommand=x/y', '-oProxyCommand=x:y'],
      ...[
        'https://user:hunter2@example.org/x.git',
        'https://hunter2@example.org/x.git',
        'ftp://example.org/x',
        'x',
        '',
      ],
      ...['https://example.org/x.git?hunter2', 'git@-oProxyCommand=x:y', 'file://host/x', 'https://example.org/\nx'],
    ];

    for (const name of names) {
      const { code, stderr } = await run(name);
      expect([name, code]).to.deep.equal([name, 2]);
      expect(stderr).to.include('USAGE').and.not.include('hunter2');
    }
  });

  it('rejects a path that leaves the repository or belongs to git itself', async () => {
    for (const path of [
      '../x',
      '/etc/passwd',
      'a/../../x',
      '.git/config',
      'a/.GIT/hooks/x',
      'a//b',
      'a\\b',
      './x',
      'a/',
    ]) {
      const { code, stderr } = await runHere(['propose', '--repository', scene.repository.path, `--file=${path}`]);
      expect([path, code]).to.deep.equal([path, 2]);
      expect(stderr).to.include('invalid --file');
    }
  });

  it('leaves nothing behind in the temporary folder', async () => {
    await scene.run([...keyed, ...atOnce], { TMPDIR: folder.path });

    expect((await readdir(folder.path)).toSorted()).to.deep.equal(['cluster.yaml', 'fleet.git']);
  });
});
