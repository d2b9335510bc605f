import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { PluginError } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { Resource } from './request-errors.ts';
import { asked, forbidden, overdue, saying, unauthorized, unreachable } from './request-errors.ts';

const maxBytes = 256 * 1024 * 1024;
const attempts = 3;
const firstPauseMs = 200;
/** Answers after which the same question may succeed: throttled, or a server that starts, stops or is busy. */
const passing = new Set([429, 500, 502, 503, 504]);

/** An answer of the API server other than 200; 404 and 410 mean something to callers, the rest is an error. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Reads from the API server: a path with query, and what it stands for. */
export type Read = (path: string, resource: Resource) => Promise<Answer>;

/**
 * GETs JSON whole or throws: 200, 404 and 410 are answers. Throttling, 5xx and broken connections are tried again
 * `attempts` times, within the deadline that `signal` carries.
 */
export function reader(connection: Connection, signal: AbortSignal): Read {
  return async (path, resource) => {
    const outcome = await persist(connection, path, signal).catch((error: unknown) => {
      throw signal.aborted ? overdue(connection.server, resource, signal) : error;
    });
    return conclude(outcome, connection.server, resource);
  };
}

async function persist(connection: Connection, path: string, signal: AbortSignal): Promise<Raw | Error> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await once(connection, path, signal);
    if (attempt === attempts || !(outcome instanceof Error || passing.has(outcome.status))) return outcome;
    const asked = outcome instanceof Error ? 0 : outcome.retryAfterMs;
    await delay(Math.max(asked, firstPauseMs * 2 ** (attempt - 1)), undefined, { signal });
  }
}

interface Raw {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number;
}

/** One attempt. What fails on the way is a value; only an abort, and what is no fault of the network, throws. */
async function once(connection: Connection, path: string, signal: AbortSignal): Promise<Raw | Error> {
  signal.throwIfAborted();
  const options = await abortable(connection.authenticate(), signal);
  try {
    return await send(connection.server, path, options, signal);
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

function send(server: URL, path: string, options: https.RequestOptions, signal: AbortSignal): Promise<Raw> {
  const { request } = server.protocol === 'http:' ? http : https;
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    accept: 'application/json',
    'user-agent': 'dynamic-toolset',
  };
  const base = server.pathname.replace(/\/$/, '');
  return new Promise((resolve, reject) => {
    request(new URL(base + path, server), { ...options, headers, signal }, (response) => {
      collect(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
}

async function collect(response: http.IncomingMessage): Promise<Raw> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer has more than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  // A body that ends early without a length is cut off by the server; Node flags it, and does not throw.
  if (!response.complete) throw new Error('the answer was cut off');
  const retryAfter = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks, bytes).toString('utf8'),
    retryAfterMs: Number.isFinite(retryAfter) ? Math.min(Math.max(retryAfter, 0), 30) * 1000 : 0,
  };
}

/** Exec plugins and OIDC know no abort: the deadline does not wait for them. */
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

function conclude(outcome: Raw | Error, server: URL, resource: Resource): Answer {
  if (outcome instanceof Error) throw unreachable(outcome, server, resource);
  const { status, text } = outcome;
  if (status === 401) throw unauthorized(server);
  if (status === 403) throw forbidden(text, resource);
  if (status === 200 || status === 404 || status === 410) return { status, body: parse(text, server, resource) };
  throw new PluginError(
    'CLUSTER_FAILED',
    `${asked(resource)} failed: the API server answered ${String(status)}${saying(text)}`,
    {
      hint: `look at the API server ${server.origin}; the next refresh tries again`,
    },
  );
}

function parse(text: string, server: URL, resource: Resource): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new PluginError(
      'CLUSTER_RESPONSE_INVALID',
      `${asked(resource)} failed: ${server.origin} did not answer with JSON but with ${JSON.stringify(text.slice(0, 60))}`,
      { hint: 'check that the address is that of a Kubernetes API server, and what stands between', cause },
    );
  }
}
