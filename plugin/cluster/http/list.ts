import { PluginError } from '../../lib/errors.ts';
import type { DecodeObject } from '../protobuf/objects.ts';
import type { ApiReader, ApiResponse } from './api-client.ts';
import { CheckedList } from './checked-list.ts';
import type { ListResult } from './checked-list.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { collectionPath } from './resource-path.ts';
import { streamsLists } from './server-version.ts';

/** Objects in the first page. */
export const pageSize = 350;
/**
 * Target size of a page, in bytes of objects, for sizing the next one: a page costs a round trip, and memory of the API
 * server.
 */
const pageBytes = 1024 * 1024;
/** Most objects in a page: the size of the next ones is not known before they arrive. */
const maxPageSize = 1_000;
/**
 * Longest list that is read in pages if the API server can stream it: it goes over all objects for each page. With
 * 10,000 objects both take the same time, and pages take less of our memory; with 100,000 pages take five times as
 * long.
 */
const maxPaged = 20_000;

/** Which objects of a collection to list, and how many per page. */
export interface ListQuery {
  readonly labelSelector?: string | undefined;
  /** Objects in the first page. */
  readonly limit?: number | undefined;
  /** Accept metadata alone in place of whole objects. */
  readonly metadataOnly?: boolean | undefined;
  /** Decodes the fields that the view reads of a protobuf object; without it, only JSON is accepted. */
  readonly decode?: DecodeObject | undefined;
}

/** What a list request consists of. */
interface ListRequest<T> {
  readonly read: ApiReader;
  readonly resource: RequestDescriptor;
  readonly view: (object: unknown) => T | null;
  readonly query: ListQuery;
}

/** Lists a collection and projects each object with `view`: returns the complete list or throws. */
export async function list<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  query: ListQuery = {},
): Promise<T[]> {
  return (await listWithVersion(read, resource, view, query)).items;
}

/**
 * As `list`, with the resource version that all pages share. If a continue token expires (410), or fewer objects come
 * than the first page estimated, the list restarts from its first page, once: later pages would be of another version.
 * If a token expires again, one response is to have all of the list, as in client-go: no token can expire then.
 */
export async function listWithVersion<T>(
  read: ApiReader,
  resource: RequestDescriptor,
  view: (object: unknown) => T | null,
  query: ListQuery = {},
): Promise<ListResult<T>> {
  const listing = { read, resource, view, query };
  const pages = query.limit ?? pageSize;
  const first = await readPages(listing, pages);
  const second = first instanceof PluginError ? await readPages(listing, pages) : first;
  const last = second instanceof ListExpiredError ? await readPages(listing, Infinity) : second;
  if (last instanceof PluginError) throw last;
  return last;
}

/** A continue token is no longer valid. */
class ListExpiredError extends PluginError {
  constructor({ resource }: RequestDescriptor) {
    super('CLUSTER_FAILED', `list ${resource} failed: the API server's list expired each time it was read (410)`, {
      hint: 'the API server compacts faster than the list can be read; the next refresh tries again',
    });
  }
}

/** The list in pages, the first of at most `firstLimit` objects; or the error for which another attempt may help. */
async function readPages<T>(listing: ListRequest<T>, firstLimit: number): Promise<ListResult<T> | PluginError> {
  const checked = emptyList(listing);
  let limit = firstLimit;
  let token = '';
  for (;;) {
    const response = await readPage(listing, checked, { limit, token });
    if (response.status === 410 && token !== '') return new ListExpiredError(listing.resource);
    const next = checked.endPage(response);
    if (next === '') return checked.shortage() ?? checked.result();
    limit = nextLimit(limit, checked.pageBytes);
    const whole = token === '' && checked.expected > maxPaged ? await streamWhole(listing) : null;
    if (whole !== null && whole.size >= checked.expected) return whole.result();
    token = next;
  }
}

/**
 * The list in one response; `null` if the API server does not stream it or fails: paging continues then, and reports
 * the error.
 */
async function streamWhole<T>(listing: ListRequest<T>): Promise<CheckedList<T> | null> {
  if (!(await streamsLists(listing.read))) return null;
  const checked = emptyList(listing);
  try {
    const next = checked.endPage(await readPage(listing, checked, { limit: Infinity, token: '', attempts: 1 }));
    return next === '' ? checked : null;
  } catch (error) {
    if (error instanceof PluginError) return null;
    throw error;
  }
}

function emptyList<T>({ resource, view, query }: ListRequest<T>): CheckedList<T> {
  return new CheckedList(resource, view, query.metadataOnly ?? false);
}

function readPage<T>(
  { read, resource, query: { labelSelector = '', decode } }: ListRequest<T>,
  { beginPage }: CheckedList<T>,
  { limit, token, attempts }: { readonly limit: number; readonly token: string; readonly attempts?: number },
): Promise<ApiResponse> {
  const params = new URLSearchParams({
    ...(limit === Infinity ? {} : { limit: String(limit) }),
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(token === '' ? {} : { continue: token }),
  });
  return read(`${collectionPath(resource)}?${params.toString()}`, resource, { items: beginPage, decode, attempts });
}

/** At most doubles the limit. */
function nextLimit(limit: number, bytes: number): number {
  const fitting = Math.floor((limit * pageBytes) / Math.max(1, bytes));
  return Math.max(1, Math.min(2 * limit, maxPageSize, fitting));
}
