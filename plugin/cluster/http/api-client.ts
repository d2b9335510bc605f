import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '../../lib/backoff.ts';
import { PluginError } from '../../lib/errors.ts';
import type { Connection } from './connection.ts';
import type { RequestDescriptor } from './request-errors.ts';
import { describeRequest, deadlineExceeded, statusError, unreachable } from './request-errors.ts';
import type { ApiRequest, RawResponse } from './http-client.ts';
import { sendRequest } from './http-client.ts';

const usualAttempts = 3;
/** Between attempts at one request, unless the server asks for more. */
const backoff = { baseMs: 200, maxMs: 30_000 };
/** Answers after which the same question may succeed: throttled, or a server that starts, stops or is busy. */
const passing = new Set([429, 500, 502, 503, 504]);
/** Answers that mean something to whoever reads. */
const readable = new Set([200, 404, 410]);
/** And to whoever writes: written, gone, written by another meanwhile, or not valid. */
const written = new Set([200, 201, 404, 409, 422]);

/** An answer of the API server that its caller has to look at: the rest is an error. */
export interface ApiResponse {
  readonly status: number;
  /** `null` for a 404 that is no JSON: the API server does not know the path. */
  readonly body: unknown;
}

/** Reads from the API server: a path with query, and what it stands for. */
export type ApiReader = (path: string, resource: RequestDescriptor) => Promise<ApiResponse>;

export interface ReadOptions extends Pick<ApiRequest, 'accept' | 'timeoutMs'> {
  readonly attempts?: number;
}

/** Writes to the API server. Not tried again: only the caller knows whether that does harm. */
export type ApiWriter = (
  exchange: ApiRequest & { readonly method: Writing },
  resource: RequestDescriptor,
) => Promise<ApiResponse>;
type Writing = 'POST' | 'PUT' | 'PATCH';

/**
 * GETs JSON whole or throws: 200, 404 and 410 are answers. Throttling, 5xx and broken connections are tried again,
 * three attempts in all unless told otherwise, within the deadline that `signal` carries.
 */
export function reader(
  connection: Connection,
  signal: AbortSignal,
  { accept, timeoutMs, attempts = usualAttempts }: ReadOptions = {},
): ApiReader {
  return async (path, resource) => {
    const exchange = { method: 'GET', path, accept, timeoutMs } as const;
    const outcome = await withRetry(connection, exchange, attempts, signal).catch((error: unknown) => {
      throw signal.aborted ? deadlineExceeded(connection.server, resource, signal) : error;
    });
    return toResponse(outcome, connection.server, resource, readable);
  };
}

/** Sends one object or patch: 200, 201, 404, 409 and 422 are answers, the rest is thrown; so is an abort, as it is. */
export function writer(connection: Connection, signal: AbortSignal): ApiWriter {
  return async (exchange, resource) =>
    toResponse(await sendRequest(connection, exchange, signal), connection.server, resource, written);
}

async function withRetry(
  connection: Connection,
  exchange: ApiRequest,
  attempts: number,
  signal: AbortSignal,
): Promise<RawResponse | Error> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await sendRequest(connection, exchange, signal);
    if (attempt === attempts || !(outcome instanceof Error || passing.has(outcome.status))) return outcome;
    const wait = outcome instanceof Error ? 0 : outcome.retryAfterMs;
    await delay(Math.max(wait, backoffMs(attempt, backoff)), undefined, { signal });
  }
}

/** An answer whose status is expected, parsed; or the error that it is. */
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
    throw new PluginError(
      'CLUSTER_RESPONSE_INVALID',
      `${describeRequest(resource)} failed: ${server.origin} did not answer with JSON but with ${JSON.stringify(text.slice(0, 60))}`,
      { hint: 'check that the address is that of a Kubernetes API server, and what stands between', cause },
    );
  }
}
