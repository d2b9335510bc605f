import type { IncomingMessage } from 'node:http';
import { PluginError } from '../../lib/errors.ts';
import { parseJson, asObject, asString } from '../../lib/json.ts';
import type { Connection } from './connection.ts';
import { lineReader } from './line-splitter.ts';
import { patienceFor } from './idle-timeout.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { unreachable } from './request-errors.ts';
import { collectionPath } from './resource-path.ts';
import { open, readReply } from './http-client.ts';
import { closed, endOf, fromErrorEvent, invalidResponse, fromHttpError, idleTimeout } from './watch-errors.ts';
import type { WatchEnd } from './watch-errors.ts';

/** etcd takes objects of 1.5 MB, and the API server requests of 3 MB: no event is longer. */
const maxLineBytes = 8 * 1024 * 1024;
/** An API server answers at once that it watches. */
const openMs = 30_000;
/** How much later than asked for an API server may end a watch. */
const graceMs = 30_000;

/** One watch of one collection. */
export interface WatchQuery {
  readonly resource: RequestDescriptor;
  readonly accept?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Changes after this one are told. */
  readonly resourceVersion: string;
  /** The API server ends it then. */
  readonly timeoutSeconds: number;
  /** An open watch on which nothing comes for so long is given up. */
  readonly silentMs: number;
}

/** `object` has little more than a resource version where it is a BOOKMARK. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
  readonly resourceVersion: string;
}

export interface WatchHandler {
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

/** Watches until it ends, however it ends: never rejects. An abort is a clean end. */
export async function watch(
  connection: Connection,
  query: WatchQuery,
  handler: WatchHandler,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { server } = connection;
  const { resource, accept, silentMs, timeoutSeconds } = query;
  const patience = patienceFor(silentMs, timeoutSeconds * 1000 + graceMs, signal);
  try {
    const exchange = { method: 'GET', path: pathOf(query), accept, timeoutMs: openMs } as const;
    const response = await open(connection, exchange, patience.signal);
    if (response instanceof Error) return fromHttpError(server, resource, response);
    if (response.statusCode !== 200) return fromHttpError(server, resource, await readReply(response));
    return await follow(response, server, resource, handler, patience.resetIdleTimer);
  } catch (error) {
    if (signal.aborted || patience.end() === 'overlong') return closed;
    if (patience.end() === 'silent') return idleTimeout(silentMs, server, resource);
    return endOf(error instanceof PluginError ? error : unreachable(error as Error, server, resource));
  } finally {
    patience.clear();
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

/** Hands on events until there are no more, or one that ends it. */
async function follow(
  response: IncomingMessage,
  server: URL,
  resource: RequestDescriptor,
  { onOpen, onEvent }: WatchHandler,
  heard: () => void,
): Promise<WatchEnd> {
  const type = response.headers['content-type'] ?? '';
  if (!type.startsWith('application/json')) {
    response.destroy();
    return invalidResponse(`${JSON.stringify(type)}, not events`, server, resource);
  }
  onOpen();
  const reader = lineReader(maxLineBytes);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    heard();
    const lines = reader.push(chunk);
    if (!lines) return invalidResponse(`an event of more than ${String(maxLineBytes)} bytes`, server, resource);
    for (const line of lines) {
      const end = handleEvent(line, server, resource, onEvent);
      if (end) return end;
    }
  }
  if (!response.complete) return endOf(unreachable(new Error('the answer was cut off'), server, resource));
  return reader.isOpen() ? invalidResponse('half an event at the end', server, resource) : closed;
}

/** `null` where the watch goes on. */
function handleEvent(
  line: string,
  server: URL,
  resource: RequestDescriptor,
  onEvent: WatchHandler['onEvent'],
): WatchEnd | null {
  const event = parseEvent(line);
  if (event === null)
    return invalidResponse(`what is no event: ${JSON.stringify(line.slice(0, 60))}`, server, resource);
  const { type, object } = event;
  if (type === 'ERROR') return fromErrorEvent(object, server, resource);
  const resourceVersion = versionOf(object);
  if (!isKnown(type)) return invalidResponse(`an event of the unknown type ${JSON.stringify(type)}`, server, resource);
  if (resourceVersion === '') return invalidResponse(`${type} without a resource version`, server, resource);
  try {
    onEvent({ type, object, resourceVersion });
    return null;
  } catch (cause) {
    return invalidResponse(`${type} of an object that cannot be taken in: ${String(cause)}`, server, resource, cause);
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
