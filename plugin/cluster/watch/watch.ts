import type { IncomingMessage } from 'node:http';
import { PluginError } from '../../lib/errors.ts';
import { asObject, asString } from '../../lib/json.ts';
import { excerpt } from '../../lib/messages/text.ts';
import type { Connection } from '../connection/connection.ts';
import { isProtobuf } from '../protobuf/envelope.ts';
import type { DecodeObject } from '../protobuf/objects.ts';
import { ProtobufWatchDecoder } from '../protobuf/watch-decoder.ts';
import { IdleTimeout } from './idle-timeout.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RequestDescriptor } from '../http/request-errors.ts';
import { unreachable } from '../http/request-errors.ts';
import type { ObjectType } from '../http/resource-path.ts';
import { collectionPath, objectTypesOf } from '../http/resource-path.ts';
import { openResponse, readResponse } from '../http/http-client.ts';
import { InvalidEventError, JsonWatchDecoder } from './watch-decoder.ts';
import type { RawEvent, WatchDecoder } from './watch-decoder.ts';
import { closed, endOf, expired, fromErrorEvent, invalidResponse, fromHttpError, idleTimeout } from './watch-errors.ts';
import type { WatchEnd } from './watch-errors.ts';

/** Limit until the headers arrive; an API server sends them at once. */
const openMs = 30_000;
/** How much later than `timeoutSeconds` an API server may end a watch. */
const graceMs = 30_000;

/** One watch of one collection. */
export interface WatchQuery {
  readonly resource: RequestDescriptor;
  readonly accept?: string | undefined;
  /** Decodes protobuf events; if given, the watch requests protobuf. */
  readonly decode?: DecodeObject | undefined;
  readonly labelSelector?: string | undefined;
  /** Whether to request metadata only. */
  readonly metadataOnly?: boolean | undefined;
  /** The watch starts after this version. */
  readonly resourceVersion: string;
  /** The API server ends the watch after this time. */
  readonly timeoutSeconds: number;
  /** An open watch that stays silent this long ends as `silent`. */
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

/** Runs one watch and returns why it ended. Never rejects; an abort counts as `closed`. */
export async function watch(
  connection: Connection,
  query: WatchQuery,
  handler: WatchHandler,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { server } = connection;
  const { resource, accept, decode, silentMs, timeoutSeconds, clock } = query;
  const timeout = new IdleTimeout({ idleMs: silentMs, totalMs: timeoutSeconds * 1000 + graceMs, signal, clock });
  try {
    const request = { method: 'GET', path: pathOf(query), accept, decode, timeoutMs: openMs } as const;
    const response = await openResponse(connection, request, timeout.signal);
    if (response instanceof Error) return fromHttpError(server, resource, response);
    if (response.statusCode !== 200) return fromHttpError(server, resource, await readResponse(response));
    return await consume(response, { server, timeout }, query, handler);
  } catch (error) {
    if (signal.aborted || timeout.expiredBy === 'total') return closed;
    if (error instanceof InvalidEventError) return invalidResponse(error.message, server, resource, error);
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

/** Passes events to the handler until the response ends, or an event ends the watch. Throws InvalidEventError. */
async function consume(
  response: IncomingMessage,
  { server, timeout }: { readonly server: URL; readonly timeout: IdleTimeout },
  { resource, decode, metadataOnly = false, resourceVersion: from }: WatchQuery,
  { onOpen, onEvent }: WatchHandler,
): Promise<WatchEnd> {
  const types = objectTypesOf(resource, metadataOnly);
  const decoder = decoderOf(response, decode);
  onOpen();
  let reached = from;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    timeout.resetIdleTimer();
    for (const raw of decoder.push(chunk)) {
      // After a restore of etcd, the API server would withhold everything below the requested version.
      if (isEarlier(versionOf(raw.object), reached)) return expired;
      if (raw.type === 'ERROR') return fromErrorEvent(raw.object, server, resource);
      const event = checkedEvent(raw, types);
      handle(event, onEvent);
      reached = event.resourceVersion;
    }
  }
  if (!response.complete) return endOf(unreachable(new Error('the response was cut off'), server, resource));
  if (decoder.hasPartialEvent()) throw new InvalidEventError('half an event at the end');
  return closed;
}

/** Ends the response if its media type cannot carry events. */
function decoderOf(response: IncomingMessage, decode: DecodeObject | undefined): WatchDecoder {
  const type = response.headers['content-type'] ?? '';
  if (decode && isProtobuf(type)) return new ProtobufWatchDecoder(decode);
  if (type.startsWith('application/json')) return new JsonWatchDecoder();
  response.destroy();
  throw new InvalidEventError(`${excerpt(type)}, not events`);
}

function checkedEvent({ type, object }: RawEvent, types: readonly ObjectType[]): WatchEvent {
  if (!isKnown(type)) throw new InvalidEventError(`an event of the unknown type ${excerpt(type)}`);
  const { kind, apiVersion } = asObject(object);
  if (!types.some((one) => one.kind === kind && one.apiVersion === apiVersion))
    throw new InvalidEventError(`${type} of an object of kind ${excerpt(kind)}`);
  const resourceVersion = versionOf(object);
  if (resourceVersion === '') throw new InvalidEventError(`${type} without a resource version`);
  return { type, object, resourceVersion };
}

function handle(event: WatchEvent, onEvent: WatchHandler['onEvent']): void {
  try {
    onEvent(event);
  } catch (cause) {
    throw new InvalidEventError(`${event.type} of an object that cannot be processed: ${String(cause)}`, { cause });
  }
}

/** Kubernetes versions are growing numbers; other versions are not compared. */
function isEarlier(version: string, than: string): boolean {
  if (![version, than].every((one) => /^[1-9]\d*$/.test(one))) return false;
  return version.length < than.length || (version.length === than.length && version < than);
}

function versionOf(object: unknown): string {
  return asString(asObject(asObject(object).metadata).resourceVersion);
}

function isKnown(type: string): type is WatchEvent['type'] {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
}
