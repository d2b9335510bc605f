import type { LRUCache } from 'lru-cache';

/** A pending or settled value, and the version of the state that it is computed from. */
export interface Computation<V> {
  readonly version: number;
  readonly value: Promise<V>;
}

/**
 * Computes a value once for all concurrent callers and caches it. An entry of another version counts as missing; a
 * failure is not cached. The cache must have a `maxSize`: a pending entry has size 1, a settled one `sizeOf(value)`.
 */
export async function singleFlight<K extends string | object, V>(
  cache: LRUCache<K, Computation<V>>,
  { key, version }: { readonly key: K; readonly version: number },
  compute: () => Promise<V>,
  sizeOf: (value: V) => number,
): Promise<V> {
  const cached = cache.get(key);
  if (cached?.version === version) return cached.value;
  const pending = { version, value: compute() };
  cache.set(key, pending, { size: 1 });
  const isReplaced = (): boolean => cache.peek(key, { allowStale: true }) !== pending;
  try {
    const value = await pending.value;
    // A new entry: lru-cache takes the size and the start of the TTL when an entry is set.
    if (!isReplaced()) cache.set(key, { ...pending }, { size: sizeOf(value) });
    return value;
  } catch (error) {
    if (!isReplaced()) cache.delete(key);
    throw error;
  }
}
