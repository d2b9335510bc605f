import { expect } from 'chai';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BareRepository } from '../support/bare-repository.ts';
import { failure } from '../support/failure.ts';
import { temporaryFolder } from '../support/folder.ts';
import { atOnce, keyed, loki, manifest, prometheus, Scene } from './fixture.ts';

describe('plugin/commands/propose on unusual repositories', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let scene: Scene;

  beforeEach(async () => {
    scene = new Scene(folder);
    await scene.cluster(prometheus);
  });

  async function told(args: readonly string[]): Promise<string> {
    const { code, message, hint } = await failure(() => scene.run([...args, ...atOnce]));
    return `${code} ${message}\n${hint}`;
  }

  async function serverHook(name: string, script: string): Promise<void> {
    const file = join(scene.repository.path, 'hooks', name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }

  it('reports that there is no folder for its temporary files', async () => {
    const { TMPDIR: before } = process.env;
    process.env.TMPDIR = join(folder.path, 'gone');
    try {
      expect(await told(manifest)).to.match(
        /^OUTPUT_UNWRITABLE .*\/gone cannot be written: .*\nset TMPDIR to a folder/,
      );
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });

  it('reports that an empty repository needs a first commit', async () => {
    const empty = new BareRepository(folder.path, 'empty.git');

    for (const base of [[], ['--base', 'main']])
      expect(await told([...manifest, ...base, '--repository', empty.path])).to.equal(
        'REPOSITORY_INVALID the repository has no commit\nmake a first commit: a proposal needs one to change',
      );
  });

  it('reports a missing branch by name', async () => {
    expect(await told([...manifest, '--base', 'release'])).to.match(
      /^REPOSITORY_INVALID the repository has no branch release\n.*--base/,
    );
  });

  it('reports a folder that is not a repository', async () => {
    expect(await told([...manifest, '--repository', folder.path])).to.match(
      /^GIT_UNAUTHORIZED git ls-remote: .*does not appear to be a git repository.*\ncheck --repository/,
    );
  });

  it('rejects a file over 1 MB, and accepts one just below', async () => {
    const line = `# ${'x'.repeat(997)}\n`;
    const text = 'holmes: {}\n';
    scene.repository.commit({ 'prod/values.yaml': text + line.repeat(1048) });
    expect(await scene.run([...keyed, ...atOnce])).to.include({ outcome: 'proposed' });

    scene.repository.commit({ 'prod/values.yaml': text + line.repeat(1049) });
    expect(await told(keyed)).to.match(/^REPOSITORY_TOO_LARGE git cat-file answers with more than 1024 KB\n/);
  });

  it('rejects a file in Git LFS, of which the repository has only a pointer', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
    scene.repository.commit({ 'prod/values.yaml': pointer, 'prod/toolsets.yaml': pointer });

    for (const args of [keyed, manifest])
      expect(await told(args)).to.match(/^REPOSITORY_INVALID "prod\/\w+\.yaml" is kept in Git LFS/);
    expect(scene.repository.proposals()).to.deep.equal([]);
  });

  it('accepts a base branch of any name that git allows', async () => {
    for (const base of ['release+1', 'größe', 'team@eu/v1.2', 'fix#7', "it's"]) {
      scene.repository.commit({ 'README.md': base }, base);

      expect(await scene.run([...manifest, `--base=${base}`, ...atOnce])).to.include({ outcome: 'proposed', base });
    }
  });

  it('proposes a file in a folder whose name starts with .git', async () => {
    for (const file of ['.gitops/toolsets.yaml', '.github/a.yaml', '.gitlab-ci/a.yaml'])
      expect(await scene.run(['--file', file, ...atOnce])).to.include({ outcome: 'proposed' });
  });

  it('follows no link, and enters no submodule', async () => {
    const commit = scene.repository.tip('main')!;
    scene.repository.commit({
      'prod/link.yaml': '120000:/etc/passwd',
      out: '120000:/tmp',
      module: `160000:${commit}`,
      'folder/a': '',
    });

    expect(await told(['--file', 'prod/link.yaml'])).to.match(
      /^REPOSITORY_INVALID "prod\/link.yaml" of the repository is a link/,
    );
    expect(await told(['--file', 'out/x.yaml'])).to.match(/^REPOSITORY_INVALID "out" of the repository is a link/);
    expect(await told(['--file', 'module/x.yaml'])).to.match(
      /^REPOSITORY_INVALID "module" of the repository is a submodule/,
    );
    expect(await told(['--file', 'README.md/x.yaml'])).to.match(
      /^REPOSITORY_INVALID "README.md" of the repository is a file/,
    );
    expect(await told(['--file', 'folder'])).to.match(/^REPOSITORY_INVALID "folder" of the repository is a folder/);
    expect(scene.repository.proposals()).to.deep.equal([]);
  });

  it('reports the message of a server that protects the branch, and changes nothing', async () => {
    await serverHook('pre-receive', 'echo "GH006: Protected branch update failed" >&2; exit 1');

    const text = await told(manifest);

    expect(text).to.match(
      /^PUSH_REFUSED the repository refuses refs\/heads\/dynamic-toolset\/.*pre-receive hook declined.*: GH006: Protected branch update failed\n.*--branch/,
    );
    expect([...scene.repository.refs().keys()]).to.deep.equal(['refs/heads/main']);
  });

  it('reports an existing branch that conflicts with the name of its own', async () => {
    scene.repository.git('branch', 'dynamic-toolset', 'main');

    expect(await told(manifest)).to.match(
      /^PUSH_REFUSED the repository refuses refs\/heads\/dynamic-toolset\/\S+: .*'refs\/heads\/dynamic-toolset' exists.*\n.*--branch/,
    );
    expect(await scene.run([...manifest, ...atOnce, '--branch', 'proposal'])).to.include({ outcome: 'proposed' });
  });

  it('suggests --state-file when the server rejects references that are not branches', async () => {
    await serverHook('update', 'case "$1" in refs/heads/*) ;; *) exit 1 ;; esac');
    const stateFile = ['--state-file', join(folder.path, 'state.json')];

    const { code, hint } = await failure(() => scene.run(manifest));

    expect([code, hint]).to.deep.equal([
      'PUSH_REFUSED',
      'let this account write refs/dynamic-toolset/*, or keep pending changes in a file with --state-file',
    ]);
    expect(await scene.run([...manifest, ...stateFile])).to.include({ outcome: 'waiting' });
    scene.clock.advance(600_000);
    expect(await scene.run([...manifest, ...stateFile])).to.include({ outcome: 'proposed' });
    expect([...scene.repository.refs().keys()].filter((ref) => !ref.startsWith('refs/heads/'))).to.deep.equal([]);
  });

  it('does not overwrite commits by people on its branch, and reports them', async () => {
    await scene.run([...manifest, ...atOnce]);
    const [branch = ''] = scene.repository.proposals();
    const theirs = scene.repository.commit({ 'NOTES.md': 'mine\n' }, branch, 'a note');

    // What they added does not contradict what is proposed.
    expect(await scene.run([...manifest, ...atOnce])).to.include({ outcome: 'standing' });
    await scene.cluster(prometheus, loki);

    expect(await told(manifest)).to.match(
      /^BRANCH_EDITED refs\/heads\/dynamic-toolset\/\S+ has commits by others, and what discovery finds has changed.*\nmerge or delete the branch/,
    );
    expect(scene.repository.tip(branch)).to.equal(theirs);
  });

  it('treats its own commit, once amended, as one by people', async () => {
    await scene.run([...manifest, ...atOnce]);
    const [branch = ''] = scene.repository.proposals();
    const { repository } = scene;
    const message = repository.message(branch);
    repository.commit({ 'prod/toolsets.yaml': 'mine\n' }, 'elsewhere');
    const tree = repository.git('rev-parse', 'elsewhere^{tree}');
    const amended = repository.gitWith(`${message}\n`, {}, 'commit-tree', tree, '-p', repository.tip('main')!);
    repository.git('update-ref', `refs/heads/${branch}`, amended);

    expect(await told(manifest)).to.match(/^BRANCH_EDITED /);
  });

  it('keeps commits by people when there is nothing left to propose', async () => {
    await scene.run([...manifest, ...atOnce]);
    const [branch = ''] = scene.repository.proposals();
    scene.repository.git('update-ref', 'refs/heads/main', scene.repository.tip(branch)!);
    scene.repository.commit({ 'NOTES.md': 'mine\n' }, branch);

    expect(await scene.run(manifest)).to.include({ outcome: 'left' });
    expect(scene.repository.proposals()).to.deep.equal([branch]);
  });

  it('recreates its commit when people have changed the file on the base', async () => {
    await scene.run([...keyed, ...atOnce]);
    const [branch = ''] = scene.repository.proposals();
    const first = scene.repository.tip(branch)!;

    // Another file has no part in it.
    scene.repository.commit({ 'README.md': 'other\n' });
    expect(await scene.run(keyed)).to.include({ outcome: 'standing', commit: first });
    const text = scene.repository.text('main', 'prod/values.yaml').replace('replicas: 1 ', 'replicas: 2 ');
    const tip = scene.repository.commit({ 'prod/values.yaml': text });

    expect(await scene.run(keyed)).to.include({ outcome: 'proposed' });
    expect(scene.repository.text(branch, 'prod/values.yaml'))
      .to.include('replicas: 2 ')
      .and.include('prometheus.obs.svc');
    expect(scene.repository.git('log', '--format=%P', '-1', branch)).to.equal(tip);
  });

  it('lets one of two proposers succeed, and the other one find the same proposal', async () => {
    const outcomes = await Promise.all([scene.run([...manifest, ...atOnce]), scene.run([...manifest, ...atOnce])]);

    expect(outcomes.map(({ outcome }) => outcome)).to.satisfy(
      (all: string[]) => all.includes('proposed') && all.every((one) => one === 'proposed' || one === 'standing'),
    );
    const [branch = ''] = scene.repository.proposals();
    expect(scene.repository.git('rev-list', '--count', `main..${branch}`)).to.equal('1');
  });

  it('reads everything again when its branch is deleted before it is fetched', async () => {
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    await scene.run([...manifest, ...atOnce]);
    const [branch = ''] = scene.repository.proposals();
    const remove = `env -i PATH="$PATH" git -C '${scene.repository.path}' update-ref -d refs/heads/${branch}`;
    const script = `#!/bin/sh\nPATH='${process.env.PATH ?? ''}'\n[ "$1" != fetch ] || ${remove}\nexec git "$@"\n`;
    await writeFile(join(bin, 'git'), script, { mode: 0o755 });

    const outcome = await scene.run([...manifest, ...atOnce], { PATH: `${bin}:${process.env.PATH ?? ''}` });

    expect(outcome).to.include({ outcome: 'proposed', branch });
    expect(scene.repository.proposals()).to.deep.equal([branch]);
  });

  it('restarts its wait when the stored state is a foreign object or not text', async () => {
    await scene.run(manifest);
    const [state = ''] = [...scene.repository.refs().keys()].filter((ref) => !ref.startsWith('refs/heads/'));
    const binary = scene.repository.gitWith('\uFFFD', {}, 'hash-object', '-w', '--stdin');
    scene.clock.advance(600_000);

    for (const oid of [scene.repository.tip('main')!, binary]) {
      scene.repository.git('update-ref', state, oid);
      expect(await scene.run(manifest)).to.include({ outcome: 'waiting' });
    }
    scene.clock.advance(600_000);
    expect(await scene.run(manifest)).to.include({ outcome: 'proposed' });
  });

  it('gives up when another writer is first each time, and overwrites nothing', async () => {
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    await scene.run(manifest);
    const [state = ''] = [...scene.repository.refs().keys()].filter((ref) => !ref.startsWith('refs/heads/'));
    await scene.cluster(prometheus, loki);
    // Each time that it is about to push, the reference has become another one.
    const git = `env -i PATH="$PATH" git -C '${scene.repository.path}'`;
    const move = `${git} update-ref ${state} "$(date +%N | ${git} hash-object -w --stdin)"`;
    const script = `#!/bin/sh\nPATH='${process.env.PATH ?? ''}'\n[ "$1" != push ] || ${move}\nexec git "$@"\n`;
    await writeFile(join(bin, 'git'), script, { mode: 0o755 });

    const { code, message } = await failure(() => scene.run(manifest, { PATH: `${bin}:${process.env.PATH ?? ''}` }));

    expect(code).to.equal('REPOSITORY_MOVED');
    expect(message).to.match(/was changed by another writer 4 times/);
    expect(scene.repository.git('cat-file', 'blob', state)).to.match(/^\d+$/);
  });

  it('works in a SHA-256 repository', async () => {
    const modern = new Scene(folder, new BareRepository(folder.path, 'modern.git', 'sha256'));
    await modern.cluster(prometheus);

    expect(await modern.run([...manifest, ...atOnce])).to.include({ outcome: 'proposed' });
    expect(await modern.run([...manifest, ...atOnce])).to.include({ outcome: 'standing' });
  });

  it('works when the server does not support partial clones', async () => {
    scene.repository.git('config', 'uploadpack.allowFilter', 'false');

    expect(await scene.run([...keyed, ...atOnce])).to.include({ outcome: 'proposed' });
  });
});
