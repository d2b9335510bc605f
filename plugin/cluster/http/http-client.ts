import * as http from 'node:http';
import * as https from 'node:https';
import type { Connection } from '../connection/connection.ts';
import { isProtobuf, protobufMedia, statusText } from '../protobuf/envelope.ts';
import { ProtobufListDecoder } from '../protobuf/list-decoder.ts';
import type { DecodeObject } from '../protobuf/objects.ts';
import { InvalidListError, ListDecoder } from './list-decoder.ts';

/**
 * Limit of a response that is read whole, unless the request sets a lower one: objects have 3 MB at most. Lists are
 * read item by item.
 */
const defaultMaxBytes = 16 * 1024 * 1024;
/** Cap for Retry-After. */
const maxRetryAfterSeconds = 30;
/** TCP keep-alive: a vanished peer is noticed after this and ten probes, one second apart. */
const keepAliveMs = 30_000;

/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With query, relative to the path of the server's URL. */
  readonly path: string;
  /** Media types of the response; defaults to JSON, with protobuf preferred if the request has `decode`. */
  readonly accept?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
  /** Limit for the whole response; for `openResponse`, for its headers. */
  readonly timeoutMs?: number | undefined;
  /** A longer response is an error; its rest is not read. */
  readonly maxBytes?: number | undefined;
  /** Receives a list item by item. */
  readonly items?: ItemSink | undefined;
  /** Decodes `items` that arrive in protobuf. */
  readonly decode?: DecodeObject | undefined;
}

/** The response is longer than the request allows. */
export class ResponseTooLargeError extends Error {}

/**
 * Called at the start of each response with status 200, since a request may be repeated; the returned function gets
 * each item and its length.
 */
export type ItemSink = () => (item: unknown, bytes: number) => void;

/** A response with any status. */
export interface RawResponse {
  readonly status: number;
  /** For a list read item by item, the text without the items: `0` stands for each. */
  readonly text: string;
  /** Retry-After, at most 30 s; 0 if absent. */
  readonly retryAfterMs: number;
}

/**
 * Sends one request and reads the whole response. A network failure is returned as a value; an abort, and a credential
 * that cannot be obtained, throw.
 */
export function sendRequest(
  connection: Connection,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<RawResponse | Error> {
  return attempt(connection, request, signal, async (options, limited) =>
    readResponse(await send(connection, request, options, limited), request),
  );
}

/** As `sendRequest`, up to the headers. The caller reads the body, which `signal` still ends. */
export function openResponse(
  connection: Connection,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage | Error> {
  return attempt(connection, request, signal, (options, limited) => send(connection, request, options, limited));
}

/** Reads a response to its end; throws if it is cut off, and InvalidListError. */
export async function readResponse(
  response: http.IncomingMessage,
  request: Pick<ApiRequest, 'items' | 'decode' | 'maxBytes'> = {},
): Promise<RawResponse> {
  const body = bodyOf(response, request);
  for await (const chunk of response as AsyncIterable<Buffer>) body.push(chunk);
  // Node does not throw if a body without a length ends early: it only leaves `complete` false.
  if (!response.complete) throw new Error('the response was cut off');
  return { status: response.statusCode ?? 0, text: body.end(), retryAfterMs: retryAfterMs(response) };
}

function bodyOf(
  { statusCode, headers }: http.IncomingMessage,
  { items, decode, maxBytes = defaultMaxBytes }: Pick<ApiRequest, 'items' | 'decode' | 'maxBytes'>,
): ListDecoder | ProtobufListDecoder | WholeBody {
  const inProtobuf = isProtobuf(headers['content-type']);
  if (!items || statusCode !== 200) return new WholeBody(maxBytes, inProtobuf);
  return inProtobuf && decode ? new ProtobufListDecoder(items(), decode) : new ListDecoder(items());
}

class WholeBody {
  readonly #maxBytes: number;
  readonly #isProtobuf: boolean;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number, inProtobuf: boolean) {
    this.#maxBytes = maxBytes;
    this.#isProtobuf = inProtobuf;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes)
      throw new ResponseTooLargeError(`the response has more than ${String(this.#maxBytes)} bytes`);
    this.#chunks.push(chunk);
  }

  end(): string {
    const bytes = Buffer.concat(this.#chunks, this.#bytes);
    return this.#isProtobuf ? statusText(bytes) : bytes.toString('utf8');
  }
}

async function attempt<T>(
  connection: Connection,
  { timeoutMs }: ApiRequest,
  signal: AbortSignal,
  use: (options: https.RequestOptions, limited: AbortSignal) => Promise<T>,
): Promise<T | Error> {
  signal.throwIfAborted();
  const options = await abortable(connection.authenticate(), signal);
  const limit = limitOf(signal, timeoutMs);
  try {
    return await use(options, limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof InvalidListError) throw error;
    if (limit.signal.aborted) return limit.signal.reason as Error;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    limit.clear();
  }
}

/** A signal that aborts with `signal`, or after `timeoutMs` unless cleared. */
function limitOf(
  signal: AbortSignal,
  timeoutMs: number | undefined,
): { readonly signal: AbortSignal; readonly clear: () => void } {
  if (timeoutMs === undefined) return { signal, clear: () => undefined };
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new Error(`no complete response within ${String(timeoutMs / 1000)} s`));
  }, timeoutMs);
  return {
    signal: AbortSignal.any([signal, limit.signal]),
    clear: () => {
      clearTimeout(timer);
    },
  };
}

function send(
  { server, rejected }: Connection,
  { method, path, decode, accept = acceptOf(decode), contentType, body }: ApiRequest,
  options: https.RequestOptions,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { request } = server.protocol === 'http:' ? http : https;
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    accept,
    'user-agent': 'dynamic-toolset',
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
  };
  const base = server.pathname.replace(/\/$/, '');
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  request(new URL(base + path, server), { ...options, method, headers, signal })
    .once('socket', (socket) => socket.setKeepAlive(true, keepAliveMs))
    .on('response', (response) => {
      if (response.statusCode === 401) rejected?.();
      resolve(response);
    })
    // Only this event reports an upgrade, and its request no longer notices an abort.
    .on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the server switches to another protocol'));
    })
    .on('error', reject)
    .end(body);
  return promise;
}

/** JSON as well, for servers without protobuf. */
function acceptOf(decode: DecodeObject | undefined): string {
  return decode ? `${protobufMedia},application/json` : 'application/json';
}

/** In seconds, or a date by this machine's clock. */
function retryAfterMs({ headers: { 'retry-after': value = '' } }: http.IncomingMessage): number {
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), maxRetryAfterSeconds) * 1000 : 0;
}

/** Exec plugins and OIDC cannot be aborted: stop waiting for them once `signal` is aborted. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
