/** Which items of a list are answered. */
export interface PageQuery {
  readonly limit: number;
  readonly offset: number;
}

/** A part of a list, and how long the whole is. Only what is on the page is made into an answer. */
export async function pageOf<T, A>(
  items: readonly T[],
  { limit, offset }: PageQuery,
  answer: (item: T) => A | Promise<A>,
): Promise<{ readonly items: readonly A[]; readonly page: PageQuery & { readonly total: number } }> {
  const some = items.slice(offset, offset + limit);
  return { items: await Promise.all(some.map(answer)), page: { limit, offset, total: items.length } };
}
