import { expect } from 'chai';
import { matchesGlob, matchesNamespace } from '../../../plugin/argocd/glob.ts';

describe('plugin/argocd/glob', () => {
  const patterns: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
    ['team-a', ['team-a'], ['team-b', 'team-a-x', 'x-team-a']],
    ['*', ['team-a', 'x'], []],
    ['team-*', ['team-', 'team-a'], ['xteam-a', 'tea']],
    ['team-?', ['team-a'], ['team-', 'team-ab']],
    ['team-[a-c]', ['team-b'], ['team-d']],
    ['team-[!a-c]', ['team-d'], ['team-b']],
    ['{team,dev}-a', ['team-a', 'dev-a'], ['team-b', 'team,dev-a']],
    ['/^team-(a|b)$/', ['team-a', 'team-b'], ['team-c', 'x-team-a']],
    ['/team/', ['a-team-b'], ['dev']],
    ['team.a', [], ['team-a']],
    ['', [], ['team-a']],
    ['/(/', [], ['team-a']],
    ['[', [], ['team-a']],
    ['team-[^a]', ['team-^', 'team-a'], ['team-b']],
    ['team-[ab-d]', ['team-a', 'team--', 'team-d'], ['team-c']],
    ['team-[d-a]', [], ['team-a', 'team-d', 'team--']],
    ['team-[]', [], ['team-', 'team-]', 'team-[]']],
    ['team-\\*', ['team-*'], ['team-a', 'team-\\*']],
    ['team-[\\]a]', ['team-]', 'team-a'], ['team-\\']],
    ['{a\\,b,c}', ['a,b', 'c'], ['a', 'b']],
    ['team-\\', [], ['team-', 'team-\\']],
    ['team-{a,{b,c*}d}', ['team-a', 'team-bd', 'team-cccd'], ['team-b', 'team-ad']],
    ['team{,-a}', ['team', 'team-a'], ['team-b']],
    ['{team', [], ['team', '{team']],
    ['team}{a}', ['team}a'], ['teama', 'team']],
    ['a,b', ['a,b'], ['a', 'b']],
    ['?', ['é', '😀'], ['', 'ab']],
  ];
  for (const [pattern, matching, others] of patterns) {
    it(`matches namespaces against ${JSON.stringify(pattern)} as Argo CD does`, () => {
      expect([...matching, ...others].filter((one) => matchesNamespace(pattern, one))).to.deep.equal(matching);
    });
  }

  it('matches correctly against a glob that invites catastrophic backtracking', () => {
    const glob = `${'*a'.repeat(30)}b`;

    expect(matchesGlob(glob, 'a'.repeat(253))).to.equal(false);
    expect(matchesGlob(glob, `${'a'.repeat(252)}b`)).to.equal(true);
  });

  it('matches braces nested 100 levels deep, and nothing beyond that', () => {
    const nested = (depth: number): string => `${'{'.repeat(depth)}a${'}'.repeat(depth)}`;

    expect([100, 101, 100_000].map((depth) => matchesGlob(nested(depth), 'a'))).to.deep.equal([true, false, false]);
  });

  it('does not read /…/ as a regular expression where Argo CD does not, and matches only the whole text', () => {
    const server = 'https://spoke:6443';

    expect(matchesGlob('/spoke/', server)).to.equal(false);
    expect(matchesGlob('https://spoke', server)).to.equal(false);
    expect(matchesGlob('https://*:6443', server)).to.equal(true);
  });
});
