import * as z from 'zod';

/** Most items in one page. */
const maxPage = 1000;

/** What a query says as text, as the number that it is: no signs, spaces or exponents. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^(?:0|[1-9]\d{0,8})$/, 'is no whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

export const yesOrNo = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .pipe(z.boolean());

/** One or several, by repeating the parameter. */
export function commaSeparated<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodType<readonly T[number][], string | string[]> {
  const one = z.enum(values);
  return z.union([one.transform((value) => [value]), z.array(one)]).pipe(z.array(one).min(1).max(values.length));
}

export const label = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is no name of a namespace');

export const configMapName = z
  .string()
  .regex(/^[a-z0-9][-a-z0-9]{0,62}\/[a-z0-9][-.a-z0-9]{0,252}$/, 'is no NAMESPACE/NAME');

/** Any name or text that people search for. */
export const words = z
  .string()
  .min(1)
  .max(253)
  // eslint wants no control characters in patterns, OpenAPI's readers know no \P{Cc}: all but those is what is left.
  .regex(/^[\u0020-\u007e\u00a0-\uffff]+$/, 'holds control characters');

export const paging = {
  limit: wholeNumber(1, maxPage).default(100).describe('Items in the answer.'),
  offset: wholeNumber(0, 999_999_999).default(0).describe('Items that are passed over.'),
};

export const ofConfigMap = {
  configMap: configMapName.optional().describe('Only of this ConfigMap, as NAMESPACE/NAME.'),
};

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
