import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { isBranchName, isRepositoryPath, refsOf } from '../../../plugin/propose/target.ts';

describe('plugin/propose/target', () => {
  const names = [
    ...[
      'main',
      'release+1',
      'größe',
      'a/b',
      'a@b',
      '@',
      'fix#7',
      "it's",
      'a;b',
      'a b',
      'a~b',
      'a^b',
      'a:b',
      'a?b',
      'a*b',
    ],
    ...['a[b', 'a\\b', 'a..b', 'a@{b', '/a', 'a/', 'a//b', '.a', 'a/.b', 'a.', 'a.lock', 'a/b.lock/c', 'a.lock.b', ''],
    ...['a\tb', 'a\u007fb', 'a.b', 'a-', 'a/-b', '*', 'x.', '..', '.', 'refs/heads/a'],
  ];
  for (const name of names) {
    it(`judges the branch name ${JSON.stringify(name)} as git does`, () => {
      expect(isBranchName(name)).to.equal(isForGit(name));
    });
  }

  function isForGit(name: string): boolean {
    try {
      execFileSync('git', ['check-ref-format', `refs/heads/${name}`]);
      return true;
    } catch {
      return false;
    }
  }

  it('rejects a branch name that is HEAD, an option or too long', () => {
    for (const name of ['HEAD', '-', '-x', `a${'b'.repeat(200)}`])
      expect([name, isBranchName(name)]).to.deep.equal([name, false]);
    expect(isBranchName('b'.repeat(200))).to.equal(true);
  });

  it('rejects a file path that is not relative, leaves the repository, or is too long', () => {
    for (const path of [
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      './a',
      'a/./b',
      '..',
      '../a',
      'a/../b',
      'a\\b',
      'a\nb',
      'a\u202eb',
    ])
      expect([path, isRepositoryPath(path)]).to.deep.equal([path, false]);
    expect([1_000, 1_001].map((length) => isRepositoryPath('a'.repeat(length)))).to.deep.equal([true, false]);
  });

  it('accepts file paths, except those of git itself', () => {
    const others = ['.gitmodules.md', '.gitattributes.d/a', '.gitignored', '..a', 'a..b'];
    for (const path of ['a', '.a/b', '.gitops/a', '.github/a', '.gitlab-ci.yml', '.git-a/b', 'a.git/b', ...others])
      expect([path, isRepositoryPath(path)]).to.deep.equal([path, true]);
    for (const path of [
      '.git',
      '.GIT/config',
      'a/.git/b',
      '.git /a',
      '.git./a',
      '.git::$INDEX',
      '.gitmodules',
      '.gitattributes',
      '.gitignore',
    ])
      expect([path, isRepositoryPath(path)]).to.deep.equal([path, false]);
  });

  describe('references', () => {
    const target = { base: 'main', file: 'values.yaml', key: '/toolsets' };
    const refs = refsOf(target, 'holmesgpt/toolsets', undefined);

    it('name the branch after the ConfigMap and the target, and keep the pending change outside of branches', () => {
      const [, id] = /^refs\/heads\/dynamic-toolset\/holmesgpt\.toolsets-([0-9a-f]{8})$/.exec(refs.branch) ?? [];

      expect(refs.base).to.equal('refs/heads/main');
      expect(refs.state).to.equal(`refs/dynamic-toolset/${String(id)}`);
      expect(refsOf(target, 'holmesgpt/toolsets', undefined)).to.deep.equal(refs);
    });

    it('use the given branch, with the same place for the pending change', () => {
      const own = { ...refs, branch: 'refs/heads/toolsets/prod' };

      expect(refsOf(target, 'holmesgpt/toolsets', 'toolsets/prod')).to.deep.equal(own);
    });

    it('differ for another base, file or key', () => {
      const others = [{ base: 'next' }, { file: 'prod/values.yaml' }, { key: null }, { key: '/toolset' }];
      const states = [{}, ...others].map((one) => refsOf({ ...target, ...one }, 'a/b', undefined).state);

      expect(new Set(states).size).to.equal(states.length);
    });
  });
});
