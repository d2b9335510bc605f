import * as z from 'zod';

/** Most items per page. */
const maxPage = 1000;

/** A decimal number in a query: no sign, space or exponent. */
function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^(?:0|[1-9]\d{0,8})$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));
}

export const yesOrNo = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .pipe(z.boolean());

/** One or several values, by repeating the parameter. */
export function repeatable<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodType<readonly T[number][], string | string[]> {
  const one = z.enum(values);
  return z.union([one.transform((value) => [value]), z.array(one)]).pipe(z.array(one).min(1).max(values.length));
}

export const label = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'expected the name of a namespace');

export const configMapName = z
  .string()
  .regex(/^[a-z0-9][-a-z0-9]{0,62}\/[a-z0-9][-.a-z0-9]{0,252}$/, 'expected NAMESPACE/NAME');

/** A name or a search text. */
export const text = z
  .string()
  .min(1)
  .max(253)
  // The complement of control characters: eslint rejects them in patterns, and OpenAPI tools do not know \P{Cc}.
  .regex(/^[\u0020-\u007e\u00a0-\uffff]+$/, 'must not contain control characters');

export const paging = {
  limit: wholeNumber(1, maxPage).default(100).describe('Items per page.'),
  offset: wholeNumber(0, 999_999_999).default(0).describe('Items to skip.'),
};

/** A name as in Argo CD, or the URL of an API server. */
const clusterName = z
  .string()
  .regex(/^[a-zA-Z0-9][-\w.:/@[\]]{0,252}$/, 'expected the name of a cluster: /api/v1/clusters lists them');

const clusterWords = 'The cluster that it is in; `in-cluster`, that of Argo CD, by default';

/** Parameters for the cluster and a ConfigMap in it. */
export const ofConfigMap = {
  cluster: clusterName.optional().describe(`${clusterWords}.`),
  configMap: configMapName.optional().describe('Only this ConfigMap, as NAMESPACE/NAME.'),
};

/** The same, if all clusters can be requested at once. */
export const ofAnyCluster = {
  ...ofConfigMap,
  cluster: z
    .union([z.literal('*'), clusterName])
    .optional()
    .describe(`${clusterWords}; \`*\` for every one that the account may see.`),
};

/** Selects one page of a list. */
export interface PageQuery {
  readonly limit: number;
  readonly offset: number;
}

/** One page of a list, and the length of the whole list. Only the items on the page are converted. */
export async function pageOf<T, A>(
  items: readonly T[],
  { limit, offset }: PageQuery,
  toResponse: (item: T) => A | Promise<A>,
): Promise<{ readonly items: A[]; readonly page: PageQuery & { readonly total: number } }> {
  const some = items.slice(offset, offset + limit);
  return {
    items: await Promise.all(some.map((item) => toResponse(item))),
    page: { limit, offset, total: items.length },
  };
}
