import { setTimeout as delay } from 'node:timers/promises';
import { PluginError } from '../../lib/errors.ts';
import type { Connection } from './connection.ts';
import type { Resource } from './request-errors.ts';
import { asked, overdue, refused, unreachable } from './request-errors.ts';
import type { Exchange, Reply } from './http-client.ts';
import { send } from './http-client.ts';

const usualAttempts = 3;
const firstPauseMs = 200;
/** Answers after which the same question may succeed: throttled, or a server that starts, stops or is busy. */
const passing = new Set([429, 500, 502, 503, 504]);
/** Answers that mean something to whoever reads. */
const readable = new Set([200, 404, 410]);
/** And to whoever writes: written, gone, written by another meanwhile, or not valid. */
const written = new Set([200, 201, 404, 409, 422]);

/** An answer of the API server that its caller has to look at: the rest is an error. */
export interface Answer {
  readonly status: number;
  /** `null` for a 404 that is no JSON: the API server does not know the path. */
  readonly body: unknown;
}

/** Reads from the API server: a path with query, and what it stands for. */
export type Read = (path: string, resource: Resource) => Promise<Answer>;

export interface ReadOptions extends Pick<Exchange, 'accept' | 'timeoutMs'> {
  readonly attempts?: number;
}

/** Writes to the API server. Not tried again: only the caller knows whether that does harm. */
export type Write = (exchange: Exchange & { readonly method: Writing }, resource: Resource) => Promise<Answer>;
type Writing = 'POST' | 'PUT' | 'PATCH';

/**
 * GETs JSON whole or throws: 200, 404 and 410 are answers. Throttling, 5xx and broken connections are tried again,
 * three attempts in all unless told otherwise, within the deadline that `signal` carries.
 */
export function reader(
  connection: Connection,
  signal: AbortSignal,
  { accept, timeoutMs, attempts = usualAttempts }: ReadOptions = {},
): Read {
  return async (path, resource) => {
    const exchange = { method: 'GET', path, accept, timeoutMs } as const;
    const outcome = await persist(connection, exchange, attempts, signal).catch((error: unknown) => {
      throw signal.aborted ? overdue(connection.server, resource, signal) : error;
    });
    return conclude(outcome, connection.server, resource, readable);
  };
}

/** Sends one object or patch: 200, 201, 404, 409 and 422 are answers, the rest is thrown; so is an abort, as it is. */
export function writer(connection: Connection, signal: AbortSignal): Write {
  return async (exchange, resource) =>
    conclude(await send(connection, exchange, signal), connection.server, resource, written);
}

async function persist(
  connection: Connection,
  exchange: Exchange,
  attempts: number,
  signal: AbortSignal,
): Promise<Reply | Error> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await send(connection, exchange, signal);
    if (attempt === attempts || !(outcome instanceof Error || passing.has(outcome.status))) return outcome;
    const wait = outcome instanceof Error ? 0 : outcome.retryAfterMs;
    await delay(Math.max(wait, firstPauseMs * 2 ** (attempt - 1)), undefined, { signal });
  }
}

/** An answer whose status is expected, parsed; or the error that it is. */
function conclude(outcome: Reply | Error, server: URL, resource: Resource, expected: ReadonlySet<number>): Answer {
  if (outcome instanceof Error) throw unreachable(outcome, server, resource);
  if (!expected.has(outcome.status)) throw refused(outcome, server, resource);
  return { status: outcome.status, body: parse(outcome, server, resource) };
}

function parse({ status, text }: Reply, server: URL, resource: Resource): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    if (status === 404) return null;
    throw new PluginError(
      'CLUSTER_RESPONSE_INVALID',
      `${asked(resource)} failed: ${server.origin} did not answer with JSON but with ${JSON.stringify(text.slice(0, 60))}`,
      { hint: 'check that the address is that of a Kubernetes API server, and what stands between', cause },
    );
  }
}
