/** `namespace/name`, as kubectl and Argo CD write it. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Orders texts by UTF-16 code unit, which is the same in every locale; numbers by value, and `false` before `true`. */
export function compare<T extends string | number | boolean>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Orders the entries of a map by their keys. */
export function compareEntries([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return compare(a, b);
}

/** A copy of a map with its keys in order. */
export function sortedByKey<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(compareEntries));
}
