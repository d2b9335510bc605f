import { expect } from 'chai';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { merge } from '../../../plugin/toolsets/merge.ts';
import type { Data } from '../../../plugin/settings/data.ts';
import { anyData, anyMap, frozen } from '../../support/data.ts';

describe('plugin/toolsets/merge', () => {
  /** RFC 7396, appendix A. */
  const cases: readonly (readonly [original: Data, patch: Data, result: Data])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [original, patch, result] of cases) {
    it(`merges ${JSON.stringify(patch)} into ${JSON.stringify(original)}`, () => {
      expect(merge(original, patch)).to.deep.equal(result);
    });
  }

  it('merges into nothing', () => {
    expect(merge(undefined, { a: 1, b: null })).to.deep.equal({ a: 1 });
  });

  it('takes keys that every object has by birth for keys', () => {
    const patch = JSON.parse('{"__proto__": {"a": 1}, "toString": {"b": 2}}') as Data;

    expect(JSON.stringify(merge({}, patch))).to.equal('{"__proto__":{"a":1},"toString":{"b":2}}');
    expect({}).not.to.have.property('a');
  });

  it('keeps the place of a key that it replaces', () => {
    expect(Object.keys(merge({ a: 1, b: 2, c: 3 }, { b: 4 }) as object)).to.deep.equal(['a', 'b', 'c']);
  });

  it('changes neither argument', () => {
    fc.assert(
      fc.property(anyData, anyData, (original, patch) => {
        merge(frozen(original), frozen(patch));
      }),
    );
  });

  it('leaves a map as it is for an empty patch', () => {
    fc.assert(fc.property(anyMap, (original) => isDeepStrictEqual(merge(original, {}), original)));
  });

  it('does the same once as twice', () => {
    fc.assert(
      fc.property(anyData, anyData, (original, patch) => {
        const once = merge(original, patch);
        return isDeepStrictEqual(merge(once, patch), once);
      }),
    );
  });

  it('answers a patch that is no map with the patch', () => {
    fc.assert(
      fc.property(
        anyData,
        fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.array(anyData)),
        (original, patch) => isDeepStrictEqual(merge(original, patch), patch),
      ),
    );
  });
});
