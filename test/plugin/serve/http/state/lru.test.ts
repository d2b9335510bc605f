import { expect } from 'chai';
import { boundedCache, singleFlight } from '../../../../../plugin/serve/http/state/lru.ts';

describe('plugin/serve/http/state/lru', () => {
  it('keeps no more than its weight, and lets go of what was used the longest time ago', () => {
    const cache = boundedCache<string, number>(10);
    for (const [index, key] of ['a', 'b', 'c'].entries()) {
      cache.set(key, 0, index, 4);
      cache.get('a', 0);
    }

    expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).to.deep.equal([0, undefined, 2]);
  });

  it('keeps nothing that is too heavy by itself', () => {
    const cache = boundedCache<string, number>(10);
    cache.set('a', 0, 1, 4);
    cache.set('b', 0, 2, 11);

    expect([cache.get('a', 0), cache.get('b', 0)]).to.deep.equal([1, undefined]);
  });

  it('answers nothing of another version', () => {
    const cache = boundedCache<string, number>(10);
    cache.set('a', 1, 1, 1);

    expect(cache.get('a', 2)).to.equal(undefined);
  });

  it('computes once what several ask for at the same time', async () => {
    const cache = boundedCache<string, Promise<number>>(10);
    let computed = 0;
    const ask = (): Promise<number> =>
      singleFlight(
        cache,
        { key: 'a', version: 0 },
        () => Promise.resolve((computed += 1)),
        () => 1,
      );

    expect(await Promise.all([ask(), ask(), ask()])).to.deep.equal([1, 1, 1]);
    expect(await ask()).to.equal(1);
  });

  it('tries again what failed', async () => {
    const cache = boundedCache<string, Promise<number>>(10);
    const failing = singleFlight(
      cache,
      { key: 'a', version: 0 },
      () => Promise.reject(new Error('once')),
      () => 1,
    );
    await failing.catch(() => undefined);

    expect(
      await singleFlight(
        cache,
        { key: 'a', version: 0 },
        () => Promise.resolve(2),
        () => 1,
      ),
    ).to.equal(2);
  });
});
