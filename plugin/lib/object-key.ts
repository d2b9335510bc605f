/** Identifies an object. */
export interface ObjectName {
  /** Cluster of the object, where several clusters are read. */
  readonly cluster?: string;
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`, as in kubectl and Argo CD; where several clusters are read, `cluster/namespace/name`. */
export function keyOf({ cluster, namespace, name }: ObjectName): string {
  return cluster === undefined ? `${namespace}/${name}` : `${cluster}/${namespace}/${name}`;
}

/** Key of an object's namespace: equal names in different clusters are different namespaces. */
export function namespaceKey({ cluster, namespace }: Omit<ObjectName, 'name'>): string {
  return cluster === undefined ? namespace : `${cluster}/${namespace}`;
}

/** Compares strings by UTF-16 code unit, the same in every locale, numbers by value, and `false` before `true`. */
export function compare<T extends string | number | boolean>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The first item of each group, then the second of each, and so on; the order within a group is kept. */
export function inTurns<T>(items: readonly T[], groupOf: (item: T) => string): T[] {
  const turns: T[][] = [];
  for (const group of Map.groupBy(items, groupOf).values())
    for (const [turn, item] of group.entries()) (turns[turn] ??= []).push(item);
  return turns.flat();
}

/** Compares the entries of a map by key. */
export function compareEntries([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return compare(a, b);
}

/** A copy of a map, sorted by key. */
export function sortedByKey<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(compareEntries));
}
