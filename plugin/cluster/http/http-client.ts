import * as http from 'node:http';
import * as https from 'node:https';
import type { Connection } from '../connection/connection.ts';
import { isProtobuf, protobufMedia, statusText } from '../protobuf/envelope.ts';
import { ProtobufListDecoder } from '../protobuf/list-decoder.ts';
import type { DecodeObject } from '../protobuf/objects.ts';
import { InvalidListError, ListDecoder } from './list-decoder.ts';

/** Of one response that is read whole, unless the request says less: objects have 3 MB at most. Lists are read item by item. */
const defaultMaxBytes = 16 * 1024 * 1024;
/** A longer Retry-After is cut to this. */
const maxRetryAfterSeconds = 30;
/** TCP keep-alive: a peer that vanished is noticed after this and ten probes, one second apart. */
const keepAliveMs = 30_000;

/** One request to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With query; below the path of the server's own URL. */
  readonly path: string;
  /** Media types of the response; unless given, JSON, and before it protobuf where the request has `decode`. */
  readonly accept?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
  /** Limit for the whole response; with `openResponse`, for its headers. */
  readonly timeoutMs?: number | undefined;
  /** A longer response is an error, and its rest is not read. */
  readonly maxBytes?: number | undefined;
  /** For a list that is read item by item. */
  readonly items?: ItemSink | undefined;
  /** For `items` that arrive in protobuf. */
  readonly decode?: DecodeObject | undefined;
}

/** The response is longer than the request allows. */
export class ResponseTooLargeError extends Error {}

/** Called at the begin of each response with status 200, since a request may be repeated; the result gets its items and their lengths. */
export type ItemSink = () => (item: unknown, bytes: number) => void;

/** A response with any status. */
export interface RawResponse {
  readonly status: number;
  /** Of a list that was read item by item, without the items: `0` stands for each. */
  readonly text: string;
  /** Retry-After, at most 30 s; 0 without one. */
  readonly retryAfterMs: number;
}

/**
 * Sends one request and reads the whole response. A failure of the network is a value; an abort, and a credential that
 * cannot be obtained, throw.
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

/** The same up to the headers. The caller reads the body, which `signal` still ends. */
export function openResponse(
  connection: Connection,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage | Error> {
  return attempt(connection, request, signal, (options, limited) => send(connection, request, options, limited));
}

/** Reads a response to its end; throws where it is cut off, and InvalidListError. */
export async function readResponse(
  response: http.IncomingMessage,
  request: Pick<ApiRequest, 'items' | 'decode' | 'maxBytes'> = {},
): Promise<RawResponse> {
  const body = bodyOf(response, request);
  for await (const chunk of response as AsyncIterable<Buffer>) body.push(chunk);
  // Node does not throw where a body without a length ends early: it only leaves `complete` false.
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

/** A signal that is aborted by `signal`, and after `timeoutMs` unless cleared. */
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
    // Told by this event alone, and its request hears of no abort any more.
    .on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the server switches to another protocol'));
    })
    .on('error', reject)
    .end(body);
  return promise;
}

/** JSON is the answer of a server that has no protobuf. */
function acceptOf(decode: DecodeObject | undefined): string {
  return decode ? `${protobufMedia},application/json` : 'application/json';
}

/** Of seconds, or of a date by this machine's clock. */
function retryAfterMs({ headers: { 'retry-after': value = '' } }: http.IncomingMessage): number {
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), maxRetryAfterSeconds) * 1000 : 0;
}

/** Exec plugins and OIDC cannot be aborted: stops waiting for them when `signal` is aborted. */
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
