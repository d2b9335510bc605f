import { PluginError } from '../../lib/errors.ts';
import type { DecodeObject } from '../protobuf/objects.ts';
import type { ApiReader } from './api-client.ts';
import { CheckedList } from './checked-list.ts';
import type { ListResult } from './checked-list.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { collectionPath } from './resource-path.ts';

/** Objects in the first page. */
export const pageSize = 350;
/** Bytes of the objects in a page, which the next one is sized by: a page costs a round trip, and memory of the API server. */
const pageBytes = 1024 * 1024;
/** Objects in a page, at most: how large the next ones are is not known before they arrive. */
const maxPageSize = 1_000;

/** Which objects of a collection, and how many in a page. */
export interface ListQuery {
  readonly labelSelector?: string | undefined;
  /** Objects in the first page. */
  readonly limit?: number | undefined;
  /** The reader accepts the metadata of objects alone. */
  readonly metadataOnly?: boolean | undefined;
  /** For what the view reads of an object in protobuf; JSON alone is read without it. */
  readonly decode?: DecodeObject | undefined;
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
 * The same with the resource version, which all pages share. Where a continue token expires (410) on the way, or fewer objects
 * come than the first page estimates, the list starts again from its first page, once: later pages would be of another version.
 */
export async function listWithVersion<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  query: ListQuery = {},
): Promise<ListResult<T>> {
  const first = await pages(read, resource, view, query);
  const last = first instanceof PluginError ? await pages(read, resource, view, query) : first;
  if (last instanceof PluginError) throw last;
  return last;
}

/** The list, or why it may be another one when it is asked for again. */
async function pages<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  { labelSelector = '', limit: first = pageSize, metadataOnly = false, decode }: ListQuery,
): Promise<ListResult<T> | PluginError> {
  const checked = new CheckedList(resource, view, metadataOnly);
  const collection = collectionPath(resource);
  const params = new URLSearchParams({ limit: '', ...(labelSelector === '' ? {} : { labelSelector }) });
  let limit = first;
  for (;;) {
    params.set('limit', String(limit));
    const response = await read(`${collection}?${params.toString()}`, resource, checked.beginPage, decode);
    if (response.status === 410 && params.has('continue')) return expired(resource);
    const next = checked.endPage(response);
    if (next === '') return checked.shortage() ?? checked.result();
    params.set('continue', next);
    limit = nextLimit(limit, checked.pageBytes);
  }
}

/** At most twice as many objects as before. */
function nextLimit(limit: number, bytes: number): number {
  const fitting = Math.floor((limit * pageBytes) / Math.max(1, bytes));
  return Math.max(1, Math.min(2 * limit, maxPageSize, fitting));
}

function expired({ resource }: RequestDescriptor): PluginError {
  return new PluginError('CLUSTER_FAILED', `list ${resource} failed: the API server's list expired twice (410)`, {
    hint: 'the API server compacts faster than the list can be read; the next refresh tries again',
  });
}
