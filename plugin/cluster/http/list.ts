import { PluginError } from '../../lib/errors.ts';
import { asObject, asString } from '../../lib/json.ts';
import type { ApiResponse, ApiReader } from './api-client.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { collectionPath } from './resource-path.ts';

/** Objects in a page: 10,000 objects take 29 requests, and the JSON of one page stays small enough to be freed soon. */
export const pageSize = 350;

const metadataList = 'PartialObjectMetadataList';

/** Which objects of a collection, and how many in a page. */
export interface ListQuery {
  readonly labelSelector?: string | undefined;
  /** Objects in one page. */
  readonly limit?: number | undefined;
}

/** A complete list at one resource version, after which a watch can begin. */
export interface ListResult<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

interface Page {
  readonly items: readonly unknown[];
  readonly next: string;
  readonly resourceVersion: string;
}

/** Lists all pages of a collection and projects each object with `view`: the complete list, or an error. */
export async function list<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  query: ListQuery = {},
): Promise<T[]> {
  return (await listWithVersion(read, resource, view, query)).items;
}

/**
 * The same with the resource version, which all pages share. Where a continue token expires (410) on the way, the list
 * starts again from its first page, once: later pages would be of another version.
 */
export async function listWithVersion<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  { labelSelector = '', limit = pageSize }: ListQuery = {},
): Promise<ListResult<T>> {
  const first = new URLSearchParams({ limit: String(limit), ...(labelSelector === '' ? {} : { labelSelector }) });
  const result = (await pages(read, resource, view, first)) ?? (await pages(read, resource, view, first));
  if (result) return result;
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
    const response = await page;
    if (response.status === 410 && params.has('continue')) return null;
    const { items, next, resourceVersion } = pageOf(response, resource);
    params.set('continue', next);
    // Prefetch: the API server prepares the next page while this one is projected.
    if (next !== '') {
      page = read(`${collection}?${params.toString()}`, resource);
      // Awaited above. If `view` throws first, the rejection is swallowed here (avoids unhandledRejection).
      page.catch(noop);
    }
    for (const item of items) {
      const projected = view(item);
      if (projected !== null) all.push(projected);
    }
    if (next === '') return { items: all, resourceVersion };
  }
}

function pageOf({ status, body }: ApiResponse, resource: RequestDescriptor): Page {
  const { kind, items, metadata } = asObject(body);
  const { continue: next, resourceVersion } = asObject(metadata);
  if (status === 200 && typeof kind === 'string' && kind.endsWith('List')) {
    if (Array.isArray(items)) return { items, next: asString(next), resourceVersion: asString(resourceVersion) };
    // An API server writes an empty PartialObjectMetadataList with `items: null`.
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
  // No-op.
}
