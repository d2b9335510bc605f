import fc from 'fast-check';
import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { compose, merge } from '../../../../plugin/lib/data/merge-patch.ts';
import type { Data } from '../../../../plugin/lib/json.ts';
import { isMap } from '../../../../plugin/lib/json.ts';
import { anyData, anyMap, frozen, reordered } from '../../../support/data.ts';

describe('plugin/lib/data/merge-patch', () => {
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

  it('merges into undefined', () => {
    expect(merge(undefined, { a: 1, b: null })).to.deep.equal({ a: 1 });
  });

  it('treats __proto__ and toString as ordinary keys', () => {
    const patch = JSON.parse('{"__proto__": {"a": 1}, "toString": {"b": 2}}') as Data;

    expect(JSON.stringify(merge({}, patch))).to.equal('{"__proto__":{"a":1},"toString":{"b":2}}');
    expect({}).not.to.have.property('a');
  });

  it('keeps the position of a key that it replaces', () => {
    expect(Object.keys(merge({ a: 1, b: 2, c: 3 }, { b: 4 }) as object)).to.deep.equal(['a', 'b', 'c']);
  });

  it('modifies neither argument', () => {
    fc.assert(
      fc.property(anyData, anyData, (original, patch) => {
        merge(frozen(original), frozen(patch));
      }),
    );
  });

  it('returns an equal map for an empty patch', () => {
    fc.assert(fc.property(anyMap, (original) => isDeepStrictEqual(merge(original, {}), original)));
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(anyData, anyData, (original, patch) => {
        const once = merge(original, patch);
        return isDeepStrictEqual(merge(once, patch), once);
      }),
    );
  });

  it('returns a patch that is not a map as the result', () => {
    fc.assert(
      fc.property(
        anyData,
        fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.array(anyData)),
        (original, patch) => isDeepStrictEqual(merge(original, patch), patch),
      ),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(anyMap, anyMap, (original, patch) =>
        isDeepStrictEqual(merge(reordered(original), reordered(patch)), merge(original, patch)),
      ),
    );
  });

  describe('notifies its observer of', () => {
    const cases: readonly (readonly [title: string, original: Data, patch: Data, events: readonly string[]])[] = [
      ['values that it writes', { a: 1 }, { a: 2, b: 'c' }, ['wrote a 2', 'wrote b "c"']],
      ['a map key by key', {}, { a: { b: { c: 1 } } }, ['wrote a {}', 'wrote a.b {}', 'wrote a.b.c 1']],
      ['a map that replaces a text', { a: 'x' }, { a: { b: 1 } }, ['wrote a {}', 'wrote a.b 1']],
      ['a text that replaces a map', { a: { b: 1 } }, { a: 'x' }, ['wrote a "x"']],
      ['a list as a whole', { a: [1] }, { a: [1, { b: 2 }] }, ['wrote a [1,{"b":2}]']],
      [
        'values that are already there',
        { a: { b: [1] }, c: {} },
        { a: { b: [1] }, c: {} },
        ['repeated a.b', 'repeated c'],
      ],
      ['keys that it removes', { a: { b: 1 } }, { a: { b: null } }, ['removed a.b true']],
      ['removals of missing keys', { a: {} }, { a: { b: null }, c: null }, ['removed a.b false', 'removed c false']],
      ['a removal in a new map', {}, { a: { b: null } }, ['wrote a {}', 'removed a.b false']],
    ];
    for (const [title, original, patch, events] of cases) {
      it(title, () => {
        const seen: string[] = [];

        merge(original, patch, {
          wrote: (path, value) => seen.push(`wrote ${path.join('.')} ${JSON.stringify(value)}`),
          repeated: (path) => seen.push(`repeated ${path.join('.')}`),
          removed: (path, found) => seen.push(`removed ${path.join('.')} ${String(found)}`),
        });

        expect(seen).to.deep.equal(events);
      });
    }

    it('a change if, and only if, there is one', () => {
      fc.assert(
        fc.property(anyMap, anyMap, (original, patch) => {
          let changes = 0;
          const merged = merge(original, patch, {
            wrote: () => (changes += 1),
            repeated: () => undefined,
            removed: (_, found) => (changes += Number(found)),
          });
          return changes > 0 === !isDeepStrictEqual(merged, original);
        }),
      );
    });
  });

  describe('composes two patches', () => {
    it('with the second taking precedence, and keeps removals', () => {
      const first = { a: { b: 1, c: null }, d: 'e', f: null };
      const second = { a: { b: null, g: 2 }, d: { h: 3 }, i: null };

      expect(compose(first, second)).to.deep.equal({ a: { b: null, c: null, g: 2 }, d: { h: 3 }, f: null, i: null });
    });

    it('into one with the same effect, unless the second puts a map where the first put none', () => {
      fc.assert(
        fc.property(anyMap, anyMap, anyMap, (original, first, second) => {
          fc.pre(!fillsIn(first, second));
          return isDeepStrictEqual(merge(merge(original, first), second), merge(original, compose(first, second)));
        }),
      );
    });

    it('into the other when one is empty', () => {
      fc.assert(
        fc.property(
          anyMap,
          (patch) => isDeepStrictEqual(compose(patch, {}), patch) && isDeepStrictEqual(compose({}, patch), patch),
        ),
      );
    });

    it('without modifying either', () => {
      fc.assert(
        fc.property(anyData, anyData, (first, second) => {
          compose(frozen(first), frozen(second));
        }),
      );
    });
  });
});

/** No one patch first empties a place and then fills in a map. */
function fillsIn(first: Data | undefined, second: Data): boolean {
  if (first === undefined || !isMap(second)) return false;
  if (!isMap(first)) return true;
  return Object.entries(second).some(([key, value]) =>
    fillsIn(Object.hasOwn(first, key) ? first[key] : undefined, value),
  );
}
