import { expect } from 'chai';
import fc from 'fast-check';
import { argoCdPath, gitLink } from '../../../plugin/argocd/links.ts';
import type { GitHosts, GitPlace } from '../../../plugin/argocd/links.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
const place = { file: 'overrides.yaml', line: 12 };
const own: GitHosts = { 'git.example.com': 'gitlab', 'forge.example.com:8443': 'gitea' };

function linkOf(
  repoUrl: string,
  { path = 'clusters/prod', at = commit, where = place }: { path?: string; at?: string; where?: GitPlace | null } = {},
): string | null {
  return gitLink({ repoUrl, path, commit: at }, where, own);
}

describe('plugin/argocd/links', () => {
  for (const [repoUrl, file, folder] of [
    ['https://github.com/acme/gitops.git', `acme/gitops/blob/${commit}`, `acme/gitops/tree/${commit}`],
    ['https://gitlab.com/a/b/c', `a/b/c/-/blob/${commit}`, `a/b/c/-/tree/${commit}`],
    ['https://git.example.com/a/b/', `a/b/-/blob/${commit}`, `a/b/-/tree/${commit}`],
    ['https://codeberg.org/a/b', `a/b/src/commit/${commit}`, `a/b/src/commit/${commit}`],
    ['https://forge.example.com:8443/a/b.git', `a/b/src/commit/${commit}`, `a/b/src/commit/${commit}`],
    ['https://bitbucket.org/a/b', `a/b/src/${commit}`, `a/b/src/${commit}`],
  ] as const) {
    it(`links to the line and to the folder in ${repoUrl}`, () => {
      const { origin, host } = new URL(repoUrl);
      const line = host === 'bitbucket.org' ? '#lines-12' : '#L12';

      expect(linkOf(repoUrl)).to.equal(`${origin}/${file}/clusters/prod/overrides.yaml${line}`);
      expect(linkOf(repoUrl, { where: null })).to.equal(`${origin}/${folder}/clusters/prod`);
    });
  }

  it('links to the root of a repository, and percent-encodes special characters in a path', () => {
    expect(linkOf('https://github.com/a/b', { path: '.', where: null })).to.equal(
      `https://github.com/a/b/tree/${commit}`,
    );
    expect(linkOf('https://github.com/a/b', { path: 'a b/#c?' })).to.equal(
      `https://github.com/a/b/blob/${commit}/a%20b/%23c%3F/overrides.yaml#L12`,
    );
  });

  it('removes the user info from the repository URL', () => {
    expect(linkOf('https://user:token@github.com/a/b', { where: null })).to.equal(
      `https://github.com/a/b/tree/${commit}/clusters/prod`,
    );
  });

  for (const repoUrl of [
    '',
    'git@github.com:a/b.git',
    'ssh://git@github.com/a/b.git',
    'http://github.com/a/b',
    'javascript:alert(1)//github.com/a/b',
    'https://github.com.evil.example/a/b',
    'https://github.com@evil.example/a/b',
    'https://git.unknown.example/a/b',
    'https://constructor/a/b',
    'https://github.com/a',
    'https://github.com/a/b/c',
    'https://github.com/login/oauth?return=x',
    'https://github.com/a/b#x',
    'https://github.com/a/%2e%2e%2fb',
    `https://gitlab.com/${'a/'.repeat(20)}b`,
  ]) {
    it(`returns no link for ${JSON.stringify(repoUrl.slice(0, 60))}`, () => {
      expect(linkOf(repoUrl)).to.equal(null);
    });
  }

  it('returns no link for a revision that is not a commit, nor for a path outside the repository', () => {
    for (const at of ['main', '', '1.2.3', `${commit}/../x`, commit.toUpperCase()])
      expect(linkOf('https://github.com/a/b', { at }), at).to.equal(null);
    expect(linkOf('https://github.com/a/b', { path: 'a/../../..' })).to.equal(null);
    expect(linkOf('https://github.com/a/b', { where: { file: '../../x.yaml', line: 1 } })).to.equal(null);
  });

  it('links only to known hosts, whatever the Application contains', () => {
    const hosts = fc.constantFrom('github.com', 'gitlab.com', 'evil.example', 'git.example.com');
    const url = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.tuple(hosts, fc.string()).map(([host, rest]) => `https://${host}/${rest}`),
    );
    fc.assert(
      fc.property(url, fc.string({ unit: 'grapheme' }), fc.string(), (repoUrl, path, file) => {
        const found = gitLink({ repoUrl, path, commit }, { file, line: 1 }, own);
        if (found === null) return;
        const { protocol, host, pathname } = new URL(found);
        expect(protocol).to.equal('https:');
        expect(['github.com', 'gitlab.com', 'git.example.com']).to.include(host);
        expect(pathname).to.include(`/${commit}/`);
        expect(found).to.match(/^[!-~]+$/);
      }),
    );
  });

  it("links to a ConfigMap in Argo CD's UI, with its path escaped", () => {
    expect(argoCdPath({ namespace: 'argocd', name: 'one' }, { namespace: 'holmesgpt', name: 'toolsets' })).to.equal(
      'applications/argocd/one?node=%2FConfigMap%2Fholmesgpt%2Ftoolsets%2F0',
    );
    expect(argoCdPath({ namespace: 'a/b', name: '/?#' }, { namespace: 'a', name: '&x=1' })).to.equal(
      'applications/a%2Fb/%2F%3F%23?node=%2FConfigMap%2Fa%2F%26x%3D1%2F0',
    );
  });
});
