import { expect } from 'chai';
import fc from 'fast-check';
import { matchesPattern } from '../../../../plugin/discovery/match/glob.ts';

/** Long pieces: each run meets patterns that none before has met. */
const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), minLength: 6, maxLength: 8 });

describe('plugin/discovery/match/glob', () => {
  const cases: readonly (readonly [pattern: string | readonly string[], value: string, matches: boolean])[] = [
    ['web', 'web', true],
    ['web', 'web2', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['team-*', 'team-a', true],
    ['team-*', 'team-', true],
    ['team-*', 'a-team-b', false],
    ['*-web', 'http-web', true],
    ['*-web', 'http-webs', false],
    ['a*a', 'aa', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-c', false],
    ['a*bc*bc', 'abc', false],
    ['a*b*b', 'ab', false],
    ['a*x*x*b', 'a-x-b', false],
    ['a*x*x*b', 'a-x-x-b', true],
    ['a.c', 'abc', false],
    [['web', 'api-*'], 'api-v1', true],
    [['web', 'api-*'], 'grpc', false],
    [[], '', false],
  ];
  for (const [pattern, value, matches] of cases) {
    it(`${matches ? 'matches' : 'does not match'} ${JSON.stringify(value)} with ${JSON.stringify(pattern)}`, () => {
      expect(matchesPattern(pattern, value)).to.equal(matches);
    });
  }

  it('agrees with a regular expression in which each star stands for any run of characters', () => {
    const patterns = fc.array(piece, { minLength: 2, maxLength: 4 });
    const values = fc.array(fc.oneof(fc.nat({ max: 3 }), piece), { maxLength: 5 });
    fc.assert(
      fc.property(patterns, values, fc.boolean(), (pieces, parts, isFramed) => {
        const inner = parts.map((part) => (typeof part === 'number' ? (pieces[part] ?? '') : part));
        const value = (isFramed ? [pieces[0], ...inner, pieces.at(-1)] : inner).join('');
        const expected = new RegExp(`^${pieces.join('.*')}$`).test(value);

        expect(matchesPattern(pieces.join('*'), value)).to.equal(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('requires all pieces in order, with nothing before the first or after the last', () => {
    fc.assert(
      fc.property(piece, piece, piece, (head, middle, tail) => {
        const pattern = `${head}*${middle}*${tail}`;

        expect(matchesPattern(pattern, `${head}-${middle}-${tail}`)).to.equal(true);
        expect(matchesPattern(pattern, `${head}${middle}${tail}`)).to.equal(true);
        expect(matchesPattern(pattern, `${head}-${tail}`)).to.equal(false);
        expect(matchesPattern(pattern, `-${head}${middle}${tail}`)).to.equal(false);
        expect(matchesPattern(pattern, `${head}${middle}${tail}-`)).to.equal(false);
      }),
    );
  });
});
