import * as http from 'node:http';
import * as https from 'node:https';
import type { Connection } from './connection.ts';

const maxBytes = 256 * 1024 * 1024;
/** Longer than this nobody is made to wait by a Retry-After. */
const maxRetryAfterSeconds = 30;
/** A peer that is gone without a word is noticed after this and ten more probes, a second apart. */
const keepAliveMs = 30_000;

/** What is sent to the API server. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** With query; below the path of the server's own URL. */
  readonly path: string;
  /** Media type of the answer; JSON unless given. */
  readonly accept?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
  /** From asking to the last byte of the answer, or to its headers where it is opened only. */
  readonly timeoutMs?: number | undefined;
}

/** Any status is an answer. */
export interface RawResponse {
  readonly status: number;
  readonly text: string;
  /** What the server asks to wait, within reason; 0 where it does not. */
  readonly retryAfterMs: number;
}

/**
 * One exchange, whole. What fails on the way is a value; only an abort, and what is no fault of the network (no
 * credential to be had), throws.
 */
export function sendRequest(
  connection: Connection,
  exchange: ApiRequest,
  signal: AbortSignal,
): Promise<RawResponse | Error> {
  return attempt(connection, exchange, signal, async (options, limited) =>
    readReply(await request(connection.server, exchange, options, limited)),
  );
}

/** The same up to the headers: the body, which `signal` still ends, is for the caller to read. */
export function open(
  connection: Connection,
  exchange: ApiRequest,
  signal: AbortSignal,
): Promise<http.IncomingMessage | Error> {
  return attempt(connection, exchange, signal, (options, limited) =>
    request(connection.server, exchange, options, limited),
  );
}

/** Reads the rest of an answer; throws where it is cut off. */
export async function readReply(response: http.IncomingMessage): Promise<RawResponse> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer has more than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  // A body that ends early without a length is cut off by the server; Node flags it, and does not throw.
  if (!response.complete) throw new Error('the answer was cut off');
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks, bytes).toString('utf8'),
    retryAfterMs: retryAfterMs(response),
  };
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
    if (limit.signal.aborted) return limit.signal.reason as Error;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    limit.clear();
  }
}

/** `signal`, or the passing of time while it is not cleared. */
function limitOf(
  signal: AbortSignal,
  timeoutMs: number | undefined,
): { readonly signal: AbortSignal; readonly clear: () => void } {
  if (timeoutMs === undefined) return { signal, clear: () => undefined };
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new Error(`no whole answer within ${String(timeoutMs / 1000)} s`));
  }, timeoutMs);
  return {
    signal: AbortSignal.any([signal, limit.signal]),
    clear: () => {
      clearTimeout(timer);
    },
  };
}

function request(
  server: URL,
  { method, path, accept = 'application/json', contentType, body }: ApiRequest,
  options: https.RequestOptions,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { request: start } = server.protocol === 'http:' ? http : https;
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    accept,
    'user-agent': 'dynamic-toolset',
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
  };
  const base = server.pathname.replace(/\/$/, '');
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  start(new URL(base + path, server), { ...options, method, headers, signal })
    .once('socket', (socket) => socket.setKeepAlive(true, keepAliveMs))
    .on('response', resolve)
    .on('error', reject)
    .end(body);
  return promise;
}

function retryAfterMs({ headers }: http.IncomingMessage): number {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), maxRetryAfterSeconds) * 1000 : 0;
}

/** Exec plugins and OIDC know no abort: nobody waits for them longer than `signal` says. */
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
