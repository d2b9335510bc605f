import { PluginError } from '../errors.ts';
import type { Answer, Read } from './request.ts';
import type { Resource } from './request-errors.ts';

/** Large enough that 10,000 objects take few requests, small enough that the JSON of a page is soon garbage. */
export const pageSize = 350;

interface ListBody {
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly metadata?: { readonly continue?: unknown } | null;
}

interface Page {
  readonly items: readonly unknown[];
  readonly next: string;
}

/**
 * Lists all pages of a collection and keeps what `view` keeps of each object: the whole list, or an error.
 * A continue token that expires (410) on the way starts the list over once: its pages would not fit together.
 */
export async function list<T>(
  read: Read,
  collection: string,
  resource: Resource,
  view: (object: unknown) => T | null,
  selector = '',
): Promise<T[]> {
  const first = new URLSearchParams({
    limit: String(pageSize),
    ...(selector === '' ? {} : { labelSelector: selector }),
  });
  const whole =
    (await pages(read, collection, resource, view, first)) ?? (await pages(read, collection, resource, view, first));
  if (whole) return whole;
  throw new PluginError(
    'CLUSTER_FAILED',
    `list ${resource.resource} failed: the API server's list expired twice (410)`,
    {
      hint: 'the API server compacts faster than the list can be read; the next refresh tries again',
    },
  );
}

/** `null` where a continue token expired. */
async function pages<T>(
  read: Read,
  collection: string,
  resource: Resource,
  view: (object: unknown) => T | null,
  query: URLSearchParams,
): Promise<T[] | null> {
  const all: T[] = [];
  const params = new URLSearchParams(query);
  let page = read(`${collection}?${params.toString()}`, resource);
  for (;;) {
    const answer = await page;
    if (answer.status === 410 && params.has('continue')) return null;
    const { items, next } = pageOf(answer, resource);
    params.set('continue', next);
    // The API server makes the next page while this one is looked through.
    if (next !== '') page = read(`${collection}?${params.toString()}`, resource);
    for (const item of items) {
      const seen = view(item);
      if (seen !== null) all.push(seen);
    }
    if (next === '') return all;
  }
}

function pageOf({ status, body }: Answer, resource: Resource): Page {
  const { kind, items, metadata } = (body ?? {}) as ListBody;
  if (status === 200 && typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    return { items, next: typeof metadata?.continue === 'string' ? metadata.continue : '' };
  }
  const what = status === 200 ? `with ${JSON.stringify(kind ?? null)}, not with a list` : String(status);
  throw new PluginError(
    'CLUSTER_RESPONSE_INVALID',
    `list ${resource.resource} failed: the API server answered ${what}`,
    {
      hint: 'check that the address is that of a Kubernetes API server of version 1.21 or newer',
    },
  );
}
