import type { IncomingMessage } from 'node:http';
import { PluginError } from '../../lib/errors.ts';
import { parseJson, asObject, asString } from '../../lib/json.ts';
import { excerpt } from '../../lib/text.ts';
import type { Connection } from '../connection/connection.ts';
import { LineSplitter } from './line-splitter.ts';
import { IdleTimeout } from './idle-timeout.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { unreachable } from './request-errors.ts';
import type { ObjectType } from './resource-path.ts';
import { collectionPath, objectTypesOf } from './resource-path.ts';
import { openResponse, readResponse } from './http-client.ts';
import { closed, endOf, fromErrorEvent, invalidResponse, fromHttpError, idleTimeout } from './watch-errors.ts';
import type { WatchEnd } from './watch-errors.ts';

/** Above every event: etcd limits objects to 1.5 MB, the API server requests to 3 MB. */
const maxLineBytes = 8 * 1024 * 1024;
/** Until the headers arrive; an API server sends them at once. */
const openMs = 30_000;
/** How much later than `timeoutSeconds` an API server may end a watch. */
const graceMs = 30_000;

/** One watch of one collection. */
export interface WatchQuery {
  readonly resource: RequestDescriptor;
  readonly accept?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** `accept` is for the metadata of objects alone. */
  readonly metadataOnly?: boolean | undefined;
  /** The watch begins after this version. */
  readonly resourceVersion: string;
  /** After this time the API server ends the watch. */
  readonly timeoutSeconds: number;
  /** An open watch without a byte for so long is ended as `silent`. */
  readonly silentMs: number;
  readonly clock?: Clock | undefined;
}

/** The `object` of a BOOKMARK has little more than a resource version. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
  readonly resourceVersion: string;
}

export interface WatchHandler {
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

/** Runs one watch and answers why it ended. Never rejects; an abort counts as `closed`. */
export async function watch(
  connection: Connection,
  query: WatchQuery,
  handler: WatchHandler,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { server } = connection;
  const { resource, accept, silentMs, timeoutSeconds, clock } = query;
  const timeout = new IdleTimeout({ idleMs: silentMs, totalMs: timeoutSeconds * 1000 + graceMs, signal, clock });
  try {
    const request = { method: 'GET', path: pathOf(query), accept, timeoutMs: openMs } as const;
    const response = await openResponse(connection, request, timeout.signal);
    if (response instanceof Error) return fromHttpError(server, resource, response);
    if (response.statusCode !== 200) return fromHttpError(server, resource, await readResponse(response));
    return await consume(response, server, query, handler, timeout);
  } catch (error) {
    if (signal.aborted || timeout.expiredBy === 'total') return closed;
    if (timeout.expiredBy === 'idle') return idleTimeout(silentMs, server, resource);
    return endOf(error instanceof PluginError ? error : unreachable(error as Error, server, resource));
  } finally {
    timeout.clear();
  }
}

function pathOf({ resource, labelSelector, resourceVersion, timeoutSeconds }: WatchQuery): string {
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(timeoutSeconds),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  });
  return `${collectionPath(resource)}?${query.toString()}`;
}

/** Hands events to the handler until the response ends, or an event that ends the watch. */
async function consume(
  response: IncomingMessage,
  server: URL,
  { resource, metadataOnly = false }: WatchQuery,
  { onOpen, onEvent }: WatchHandler,
  timeout: IdleTimeout,
): Promise<WatchEnd> {
  const types = objectTypesOf(resource, metadataOnly);
  const type = response.headers['content-type'] ?? '';
  if (!type.startsWith('application/json')) {
    response.destroy();
    return invalidResponse(`${excerpt(type)}, not events`, server, resource);
  }
  onOpen();
  const splitter = new LineSplitter(maxLineBytes);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    timeout.resetIdleTimer();
    const lines = splitter.push(chunk);
    if (!lines) return invalidResponse(`an event of more than ${String(maxLineBytes)} bytes`, server, resource);
    for (const line of lines) {
      const end = handleEvent(line, server, resource, types, onEvent);
      if (end) return end;
    }
  }
  if (!response.complete) return endOf(unreachable(new Error('the response was cut off'), server, resource));
  return splitter.hasPartialLine() ? invalidResponse('half an event at the end', server, resource) : closed;
}

/** `null` where the watch goes on. */
function handleEvent(
  line: string,
  server: URL,
  resource: RequestDescriptor,
  types: readonly ObjectType[],
  onEvent: WatchHandler['onEvent'],
): WatchEnd | null {
  const event = parseEvent(line);
  if (event === null)
    return invalidResponse(`a line that is not an event: ${JSON.stringify(line.slice(0, 60))}`, server, resource);
  const { type, object } = event;
  if (type === 'ERROR') return fromErrorEvent(object, server, resource);
  const resourceVersion = versionOf(object);
  if (!isKnown(type)) return invalidResponse(`an event of the unknown type ${excerpt(type)}`, server, resource);
  const { kind, apiVersion } = asObject(object);
  if (!types.some((one) => one.kind === kind && one.apiVersion === apiVersion))
    return invalidResponse(`${type} of an object of kind ${excerpt(kind)}`, server, resource);
  if (resourceVersion === '') return invalidResponse(`${type} without a resource version`, server, resource);
  try {
    onEvent({ type, object, resourceVersion });
    return null;
  } catch (cause) {
    return invalidResponse(`${type} of an object that cannot be processed: ${String(cause)}`, server, resource, cause);
  }
}

function parseEvent(line: string): { readonly type: string; readonly object: unknown } | null {
  const { type, object } = parseJson(line);
  return typeof type === 'string' ? { type, object } : null;
}

function versionOf(object: unknown): string {
  return asString(asObject(asObject(object).metadata).resourceVersion);
}

function isKnown(type: string): type is WatchEvent['type'] {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
}
