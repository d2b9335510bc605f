import { PluginError } from '../../lib/errors.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import { asObject } from '../../lib/json.ts';
import { describeRequest, resourceNotServed, statusError, statusMessage, unreachable } from '../http/request-errors.ts';
import type { RequestDescriptor } from '../http/request-errors.ts';
import type { RawResponse } from '../http/http-client.ts';

/** Why a watch ended, or could not be opened. */
export const watchEndCauses = [
  /** As planned: the API server ends each watch after some minutes. */
  'closed',
  /**
   * 410: the API server no longer has the history since that version, or was restored to an earlier state. A new list
   * is needed.
   */
  'expired',
  /** 429, or 503 with Retry-After. */
  'throttled',
  /** Another status, or an ERROR event. */
  'failed',
  /** No connection, or it broke. */
  'unreachable',
  /** An open connection reached the idle timeout. */
  'silent',
  /** A response that no API server sends, such as HTML or a line that is not an event. */
  'invalid',
  /** 401. */
  'unauthorized',
  /** 403. */
  'forbidden',
  /** 404: the API server does not serve this collection. */
  'missing',
] as const;

export type WatchEndCause = (typeof watchEndCauses)[number];

export interface WatchEnd {
  readonly cause: WatchEndCause;
  /** `null` for `closed` and `expired`, which are not failures. */
  readonly error: PluginError | null;
  /** Retry-After, at most 30 s; 0 if absent. */
  readonly retryAfterMs: number;
}

export const closed: WatchEnd = { cause: 'closed', error: null, retryAfterMs: 0 };
/** Also used if the API server was restored to an earlier state. */
export const expired: WatchEnd = { cause: 'expired', error: null, retryAfterMs: 0 };

const causes: Partial<Record<ErrorCode, WatchEndCause>> = {
  CLUSTER_UNREACHABLE: 'unreachable',
  CLUSTER_RESPONSE_INVALID: 'invalid',
  CLUSTER_UNAUTHORIZED: 'unauthorized',
  CLUSTER_FORBIDDEN: 'forbidden',
  CLUSTER_RESOURCE_MISSING: 'missing',
};

/** Maps the error of a list or watch to a watch end, by its code. Rethrows anything but a PluginError: a bug. */
export function endOf(error: unknown): WatchEnd {
  if (!(error instanceof PluginError)) throw error;
  const { status = 0, retryAfterMs = 0 } = error.request ?? {};
  const isThrottled = status === 429 || (status === 503 && retryAfterMs > 0);
  return { cause: isThrottled ? 'throttled' : (causes[error.code] ?? 'failed'), error, retryAfterMs };
}

/** The end of a watch whose response has a status other than 200, or that got no response. */
export function fromHttpError(server: URL, resource: RequestDescriptor, outcome: RawResponse | Error): WatchEnd {
  if (outcome instanceof Error) return endOf(unreachable(outcome, server, resource));
  const { status, retryAfterMs } = outcome;
  if (status === 410) return { ...expired, retryAfterMs };
  if (status === 404) return endOf(resourceNotServed(server, resource));
  return { ...endOf(statusError(outcome, server, resource)), retryAfterMs };
}

/** The end of a watch by an ERROR event, whose object is a Status. */
export function fromErrorEvent(status: unknown, server: URL, resource: RequestDescriptor): WatchEnd {
  const { code, details } = asObject(status);
  const { retryAfterSeconds } = asObject(details);
  if (code === 410) return expired;
  const error = new PluginError(
    'CLUSTER_FAILED',
    `${describeRequest(resource)} was ended by an error event (${typeof code === 'number' ? String(code) : 'no code'})${statusMessage(JSON.stringify(status ?? null))}`,
    { hint: `check the API server ${server.origin}; the watch restarts by itself` },
  );
  const retryAfterMs = typeof retryAfterSeconds === 'number' ? Math.min(Math.max(retryAfterSeconds, 0), 30) * 1000 : 0;
  return { cause: code === 429 ? 'throttled' : 'failed', error, retryAfterMs };
}

/** The idle timeout passed. */
export function idleTimeout(silentMs: number, server: URL, resource: RequestDescriptor): WatchEnd {
  const error = unreachable(new Error(`no byte for ${String(silentMs / 1000)} s`), server, resource);
  return { cause: 'silent', error, retryAfterMs: 0 };
}

/** A response that no API server sends. */
export function invalidResponse(what: string, server: URL, resource: RequestDescriptor, cause?: unknown): WatchEnd {
  return endOf(
    new PluginError('CLUSTER_RESPONSE_INVALID', `${describeRequest(resource)} failed: ${server.origin} sent ${what}`, {
      hint: 'check that the address is that of a Kubernetes API server, and any proxy in between',
      cause,
    }),
  );
}
