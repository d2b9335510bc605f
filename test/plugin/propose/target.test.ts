import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { isBranchName, isRepositoryPath } from '../../../plugin/propose/target.ts';

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
  });

  it('accepts file paths, except those of git itself', () => {
    for (const path of ['a', '.a/b', '.gitops/a', '.github/a', '.gitlab-ci.yml', '.git-a/b', 'a.git/b'])
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
});
