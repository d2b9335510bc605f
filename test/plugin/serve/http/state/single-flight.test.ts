import { expect } from 'chai';
import { LRUCache } from 'lru-cache';
import { singleFlight } from '../../../../../plugin/serve/http/state/single-flight.ts';
import type { Computation } from '../../../../../plugin/serve/http/state/single-flight.ts';

type Cache = LRUCache<string, Computation<number>>;

describe('plugin/serve/http/state/single-flight', () => {
  let cache: Cache;
  let computed: number;

  beforeEach(() => {
    cache = new LRUCache({ maxSize: 10 });
    computed = 0;
  });

  function next(key: string, version = 0, size = 1): Promise<number> {
    const compute = (): Promise<number> => Promise.resolve((computed += 1));
    return singleFlight(cache, { key, version }, compute, () => size);
  }

  it('computes a value once for concurrent and later callers', async () => {
    expect(await Promise.all([next('a'), next('a'), next('a')])).to.deep.equal([1, 1, 1]);
    expect(await next('a')).to.equal(1);
  });

  it('computes again for another version, even while the first one is pending', async () => {
    expect(await Promise.all([next('a', 1), next('a', 2)])).to.deep.equal([1, 2]);
    expect(await next('a', 2)).to.equal(2);
    expect(await next('a', 1)).to.equal(3);
  });

  it('computes again after a failure', async () => {
    const failing = singleFlight(
      cache,
      { key: 'a', version: 0 },
      () => Promise.reject(new Error('once')),
      () => 1,
    );
    await failing.catch(() => undefined);

    expect(await next('a')).to.equal(1);
  });

  it('does not let the failure of an earlier version discard a later one', async () => {
    const { promise, reject } = Promise.withResolvers<number>();
    const failing = singleFlight(
      cache,
      { key: 'a', version: 1 },
      () => promise,
      () => 1,
    );
    await next('a', 2);
    reject(new Error('late'));
    await failing.catch(() => undefined);

    expect(await next('a', 2)).to.equal(1);
  });

  it('does not let an earlier version that settles late replace a later one', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const late = singleFlight(
      cache,
      { key: 'a', version: 1 },
      () => promise,
      () => 1,
    );
    await next('a', 2);
    resolve(7);

    expect(await late).to.equal(7);
    expect(await next('a', 2)).to.equal(1);
  });

  it('weighs a value once it is settled, and evicts the least recently used ones first', async () => {
    for (const key of ['a', 'b']) await next(key, 0, 4);
    await next('a');
    await next('c', 0, 4);

    expect([await next('a'), await next('c')]).to.deep.equal([1, 3]);
    expect(await next('b')).to.equal(4);
  });

  it('does not keep a value that exceeds the whole cache', async () => {
    await next('a', 0, 4);
    await next('b', 0, 11);

    expect(await next('a')).to.equal(1);
    expect(await next('b')).to.equal(3);
  });
});
