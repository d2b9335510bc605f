/**
 * Caches the value made from an object as long as the object exists. `make` must be pure, and the
 * object must never change.
 */
export function memoize<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const before = known.get(key);
    if (before) return before.value;
    const value = make(key);
    known.set(key, { value });
    return value;
  };
}

/** The same for a pair of objects. */
export function memoizePair<First extends object, Second extends object, Value>(
  make: (first: First, second: Second) => Value,
): (first: First, second: Second) => Value {
  const ofFirst = memoize((first: First) => memoize((second: Second) => make(first, second)));
  return (first, second) => ofFirst(first)(second);
}

/** Calls `make` once and shares its result. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}
