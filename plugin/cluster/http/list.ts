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
/** Bytes of the objects in a page, which the next one is sized by: a page costs a round trip, and memory of the API server. */
const pageBytes = 1024 * 1024;
/** Objects in a page, at most: how large the next ones are is not known before they arrive. */
const maxPageSize = 1_000;
/**
 * Objects in a list that is read in pages, where the API server could stream it: for each page it goes over all objects. With 10,000
 * both take the same time, and pages less of our memory; with 100,000 pages take five times as long.
 */
const maxPaged = 20_000;

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

/** What a list is asked for with. */
interface Listing<T> {
  readonly read: ApiReader;
  readonly resource: RequestDescriptor;
  readonly view: (object: unknown) => T | null;
  readonly query: ListQuery;
}

/** Lists a collection and projects each object with `view`: the complete list, or an error. */
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
  const listing = { read, resource, view, query };
  const first = await readPages(listing);
  const last = first instanceof PluginError ? await readPages(listing) : first;
  if (last instanceof PluginError) throw last;
  return last;
}

/** The list, or why it may be another one when it is asked for again. */
async function readPages<T>(listing: Listing<T>): Promise<ListResult<T> | PluginError> {
  const checked = emptyList(listing);
  let limit = listing.query.limit ?? pageSize;
  let token = '';
  for (;;) {
    const response = await readPage(listing, checked, { limit, token });
    if (response.status === 410 && token !== '') return expired(listing.resource);
    const next = checked.endPage(response);
    if (next === '') return checked.shortage() ?? checked.result();
    limit = nextLimit(limit, checked.pageBytes);
    const whole = token === '' && checked.expected > maxPaged ? await readWhole(listing) : null;
    if (whole !== null && whole.size >= checked.expected) return whole.result();
    token = next;
  }
}

/** The list in one response; `null` where the API server does not stream it, or it fails: the pages go on, and say what is wrong. */
async function readWhole<T>(listing: Listing<T>): Promise<CheckedList<T> | null> {
  if (!(await streamsLists(listing.read))) return null;
  const checked = emptyList(listing);
  try {
    const next = checked.endPage(await readPage(listing, checked, { attempts: 1 }));
    return next === '' ? checked : null;
  } catch (error) {
    if (error instanceof PluginError) return null;
    throw error;
  }
}

function emptyList<T>({ resource, view, query }: Listing<T>): CheckedList<T> {
  return new CheckedList(resource, view, query.metadataOnly ?? false);
}

function readPage<T>(
  { read, resource, query: { labelSelector = '', decode } }: Listing<T>,
  { beginPage }: CheckedList<T>,
  { limit, token = '', attempts }: { readonly limit?: number; readonly token?: string; readonly attempts?: number },
): Promise<ApiResponse> {
  const params = new URLSearchParams({
    ...(limit === undefined ? {} : { limit: String(limit) }),
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(token === '' ? {} : { continue: token }),
  });
  return read(`${collectionPath(resource)}?${params.toString()}`, resource, { items: beginPage, decode, attempts });
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
