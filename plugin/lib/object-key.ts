/** What an object is found by. */
export interface ObjectName {
  /** The cluster that it is in, where several are read. */
  readonly cluster?: string;
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`, as kubectl and Argo CD write it; with its cluster before it, where several are read. */
export function keyOf({ cluster, namespace, name }: ObjectName): string {
  return cluster === undefined ? `${namespace}/${name}` : `${cluster}/${namespace}/${name}`;
}

/** The namespace that an object is in: namespaces of different clusters are different ones. */
export function namespaceKey({ cluster, namespace }: Omit<ObjectName, 'name'>): string {
  return cluster === undefined ? namespace : `${cluster}/${namespace}`;
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
