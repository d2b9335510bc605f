import { expect } from 'chai';
import { compare, compareEntries, keyOf, sortedByKey } from '../../../plugin/lib/object-key.ts';

describe('plugin/lib/object-key', () => {
  it('writes namespace/name', () => {
    expect(keyOf({ namespace: 'monitoring', name: 'loki' })).to.equal('monitoring/loki');
  });

  it('orders texts by code unit: capitals first, and digits as characters rather than numbers', () => {
    expect(['b', 'ä', 'a10', 'a', 'B', 'a9'].sort(compare)).to.deep.equal(['B', 'a', 'a10', 'a9', 'b', 'ä']);
    expect(compare('a', 'a')).to.equal(0);
  });

  it('orders numbers by value, including Infinity, and false before true', () => {
    expect([10, Infinity, 9].sort(compare)).to.deep.equal([9, 10, Infinity]);
    expect(compare(Infinity, Infinity)).to.equal(0);
    expect([true, false].sort(compare)).to.deep.equal([false, true]);
  });

  it('orders entries and map keys by key', () => {
    expect(
      [
        ...new Map([
          ['b', 1],
          ['a', 2],
        ]),
      ].sort(compareEntries),
    ).to.deep.equal([
      ['a', 2],
      ['b', 1],
    ]);
    expect(Object.keys(sortedByKey({ b: 1, a: 2 }))).to.deep.equal(['a', 'b']);
  });
});
