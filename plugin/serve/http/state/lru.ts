/** Keeps values as long as their version holds, and of all together no more than a weight: the least used go first. */
export interface BoundedCache<K, V> {
  readonly get: (key: K, version: number) => V | undefined;
  /** What is kept, of whatever version. */
  readonly peek: (key: K) => V | undefined;
  /** What is too heavy by itself is not kept. */
  readonly set: (key: K, version: number, value: V, weight: number) => void;
  readonly drop: (key: K) => void;
}

interface CacheEntry<V> {
  readonly version: number;
  readonly value: V;
  readonly weight: number;
}

export function boundedCache<K, V>(maxWeight: number): BoundedCache<K, V> {
  const kept = new Map<K, CacheEntry<V>>();
  let total = 0;
  const drop = (key: K): void => {
    total -= kept.get(key)?.weight ?? 0;
    kept.delete(key);
  };
  return {
    get: (key, version) => {
      const found = kept.get(key);
      if (found?.version !== version) return undefined;
      // Last in the map is last to go.
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    peek: (key) => kept.get(key)?.value,
    set: (key, version, value, weight) => {
      drop(key);
      if (weight > maxWeight) return;
      kept.set(key, { version, value, weight });
      total += weight;
      for (const oldest of kept.keys()) {
        if (total <= maxWeight) break;
        drop(oldest);
      }
    },
    drop,
  };
}

/** Computes once what several ask for at the same time; a failure is kept for nobody who asks later. */
export async function singleFlight<K, V>(
  cache: BoundedCache<K, Promise<V>>,
  { key, version }: { readonly key: K; readonly version: number },
  compute: () => Promise<V>,
  weightOf: (value: V) => number,
): Promise<V> {
  const known = cache.get(key, version);
  if (known) return known;
  const answer = compute();
  cache.set(key, version, answer, 1);
  try {
    const value = await answer;
    cache.set(key, version, answer, weightOf(value));
    return value;
  } catch (error) {
    cache.drop(key);
    throw error;
  }
}
