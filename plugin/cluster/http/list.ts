import { PluginError } from '../../lib/errors.ts';
import { asObject, asString } from '../../lib/json.ts';
import type { ApiResponse, ApiReader } from './api-client.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { collectionPath } from './resource-path.ts';

/** Large enough that 10,000 objects take few requests, small enough that the JSON of a page is soon garbage. */
export const pageSize = 350;

const metadataList = 'PartialObjectMetadataList';

/** What is asked of a collection. */
export interface ListQuery {
  readonly labelSelector?: string | undefined;
  /** Objects in one page. */
  readonly limit?: number | undefined;
}

/** All of a collection at one moment, from which a watch can go on. */
export interface ListResult<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

interface Page {
  readonly items: readonly unknown[];
  readonly next: string;
  readonly resourceVersion: string;
}

/** Lists all pages of a collection and keeps what `view` keeps of each object: the whole list, or an error. */
export async function list<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  query: ListQuery = {},
): Promise<T[]> {
  return (await listWhole(read, resource, view, query)).items;
}

/**
 * The same, and as of when: all pages are of one moment.
 * A continue token that expires (410) on the way starts the list over once: its pages would not fit together.
 */
export async function listWhole<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  { labelSelector = '', limit = pageSize }: ListQuery = {},
): Promise<ListResult<T>> {
  const first = new URLSearchParams({ limit: String(limit), ...(labelSelector === '' ? {} : { labelSelector }) });
  const whole = (await pages(read, resource, view, first)) ?? (await pages(read, resource, view, first));
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
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  query: URLSearchParams,
): Promise<ListResult<T> | null> {
  const all: T[] = [];
  const collection = collectionPath(resource);
  const params = new URLSearchParams(query);
  let page = read(`${collection}?${params.toString()}`, resource);
  for (;;) {
    const answer = await page;
    if (answer.status === 410 && params.has('continue')) return null;
    const { items, next, resourceVersion } = pageOf(answer, resource);
    params.set('continue', next);
    // The API server makes the next page while this one is looked through.
    if (next !== '') {
      page = read(`${collection}?${params.toString()}`, resource);
      // Awaited above, unless a view fails first: then nobody is left to hear of it.
      page.catch(noop);
    }
    for (const item of items) {
      const seen = view(item);
      if (seen !== null) all.push(seen);
    }
    if (next === '') return { items: all, resourceVersion };
  }
}

function pageOf({ status, body }: ApiResponse, resource: RequestDescriptor): Page {
  const { kind, items, metadata } = asObject(body);
  const { continue: next, resourceVersion } = asObject(metadata);
  if (status === 200 && typeof kind === 'string' && kind.endsWith('List')) {
    if (Array.isArray(items)) return { items, next: asString(next), resourceVersion: asString(resourceVersion) };
    // How an API server writes an empty list of metadata.
    if (kind === metadataList && items === null && asString(resourceVersion) !== '')
      return { items: [], next: '', resourceVersion: asString(resourceVersion) };
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

function noop(): void {
  // See where it is used.
}
