import { backoffMs } from '../../lib/duration.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { PluginError } from '../../lib/errors.ts';
import type { Connection } from '../connection/connection.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { describeRequest, deadlineExceeded, statusError, unreachable } from './request-errors.ts';
import type { ApiRequest, RawResponse } from './http-client.ts';
import { InvalidListError } from './list-decoder.ts';
import { sendRequest } from './http-client.ts';

const defaultAttempts = 3;
/**
 * How often a request is repeated because the server said when to (Retry-After), as in client-go. An overloaded API
 * server rejects a share of all requests: a list of many pages would hardly ever end with a few attempts for each.
 */
const maxThrottled = 10;
/** Delay between attempts at one request, unless the server names one. */
const backoff = { baseMs: 200, maxMs: 30_000 };
/** Statuses worth another attempt: throttled, or a server that is starting, stopping or busy. */
const retried = new Set([429, 500, 502, 503, 504]);
/** Statuses that a reader handles: found, not found, expired. */
const readStatuses = new Set([200, 404, 410]);
/** Statuses that a writer handles: written, not found, conflict, invalid. */
const writeStatuses = new Set([200, 201, 404, 409, 422]);

/** A response whose status the caller handles; every other status is an error. */
export interface ApiResponse {
  readonly status: number;
  /** `null` for a 404 that is not JSON: the API server does not serve the path. */
  readonly body: unknown;
}

/** GETs a path with query; the descriptor names it in messages. */
export type ApiReader = (path: string, resource: RequestDescriptor, options?: ListOptions) => Promise<ApiResponse>;

/** With `items`, a list is read item by item; with `decode`, in protobuf if the API server offers it. */
export interface ListOptions extends Pick<ApiRequest, 'items' | 'decode'> {
  /** Overrides the reader's number of attempts. */
  readonly attempts?: number | undefined;
}

export interface ReadOptions extends Pick<ApiRequest, 'accept' | 'timeoutMs'> {
  readonly attempts?: number;
  readonly clock?: Clock | undefined;
}

/** Writes once, without retries: only the caller knows whether repeating the request does harm. */
export type ApiWriter = (
  request: ApiRequest & { readonly method: WriteMethod },
  resource: RequestDescriptor,
) => Promise<ApiResponse>;
type WriteMethod = 'POST' | 'PUT' | 'PATCH';

/**
 * GETs an object or a list: returns a 200, 404 or 410 and throws everything else. 429, 5xx and broken connections are
 * retried, three attempts in all by default, and up to ten times more if the server says when, until `signal` is
 * aborted, which carries the deadline. With a single attempt, nothing is retried.
 */
export function reader(
  connection: Connection,
  signal: AbortSignal,
  { accept, timeoutMs, attempts: usual = defaultAttempts, clock = systemClock }: ReadOptions = {},
): ApiReader {
  return async (path, resource, { items, decode, attempts = usual } = {}) => {
    const request = { method: 'GET', path, accept, timeoutMs, items, decode } as const;
    const rejected: RawResponse[] = [];
    const retry = { attempts, signal, clock, onRejected: (response: RawResponse) => void rejected.push(response) };
    const outcome = await withRetry(connection, request, retry).catch((error: unknown) => {
      if (signal.aborted) throw deadlineExceeded(connection.server, resource, signal, rejected.at(-1));
      throw error instanceof InvalidListError ? invalidBody(error.message, connection.server, resource, error) : error;
    });
    return toResponse(outcome, connection.server, resource, readStatuses);
  };
}

/**
 * Sends one object or patch: returns a 200, 201, 404, 409 or 422 and throws everything else; an abort is rethrown
 * unchanged.
 */
export function writer(connection: Connection, signal: AbortSignal): ApiWriter {
  return async (request, resource) =>
    toResponse(await sendRequest(connection, request, signal), connection.server, resource, writeStatuses);
}

interface Retry {
  readonly attempts: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called for each response after which the request is repeated. */
  readonly onRejected: (response: RawResponse) => void;
}

async function withRetry(
  connection: Connection,
  request: ApiRequest,
  { attempts, signal, clock, onRejected }: Retry,
): Promise<RawResponse | Error> {
  const left = { failures: attempts - 1, throttled: attempts === 1 ? 0 : maxThrottled };
  for (;;) {
    const outcome = await sendRequest(connection, request, signal);
    const isResponse = !(outcome instanceof Error);
    if (isResponse && !retried.has(outcome.status)) return outcome;
    const retryAfterMs = isResponse ? outcome.retryAfterMs : 0;
    const kind = retryAfterMs > 0 ? 'throttled' : 'failures';
    if (left[kind] === 0) return outcome;
    left[kind] -= 1;
    if (isResponse) onRejected(outcome);
    await clock.sleep(retryAfterMs > 0 ? retryAfterMs : backoffMs(attempts - 1 - left.failures, backoff), signal);
  }
}

/** Parses a response with an expected status; for any other status, throws the matching error. */
function toResponse(
  outcome: RawResponse | Error,
  server: URL,
  resource: RequestDescriptor,
  expected: ReadonlySet<number>,
): ApiResponse {
  if (outcome instanceof Error) throw unreachable(outcome, server, resource);
  if (!expected.has(outcome.status)) throw statusError(outcome, server, resource);
  return { status: outcome.status, body: parse(outcome, server, resource) };
}

function parse({ status, text }: RawResponse, server: URL, resource: RequestDescriptor): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    if (status === 404) return null;
    throw invalidBody(`not with JSON but with ${JSON.stringify(text.slice(0, 60))}`, server, resource, cause);
  }
}

/** `what` continues `the API server answered`. */
function invalidBody(what: string, server: URL, resource: RequestDescriptor, cause: unknown): PluginError {
  return new PluginError(
    'CLUSTER_RESPONSE_INVALID',
    `${describeRequest(resource)} failed: ${server.origin} answered ${what}`,
    { hint: 'check that the address is that of a Kubernetes API server, and any proxy in between', cause },
  );
}
