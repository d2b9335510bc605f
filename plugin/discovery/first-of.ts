/** What `find` finds for the first item for which it finds anything. */
export function firstOf<T, R>(items: readonly T[], find: (item: T) => R | null | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== null && found !== undefined) return found;
  }
  return undefined;
}
