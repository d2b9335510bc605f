import type { ApplicationView } from '../../argocd/application.ts';
import { backoffMs } from '../../lib/duration.ts';
import type { Backoff } from '../../lib/duration.ts';
import type { RequestFailure } from '../../lib/errors.ts';

/** Requests sent for an Application so far. In memory only: a restart costs one more refresh. */
export interface Attempts {
  /** What the requests are for; a new cause resets the attempts. */
  readonly cause: string;
  /**
   * Resource version of the Application at the last request: no conclusion is drawn until it changes, or until
   * `answerBy`.
   */
  readonly version: string;
  readonly answerBy: number;
  /** When the awaited refresh was requested; `null` if none is awaited. */
  readonly refreshedAt: number | null;
  /** Number of refreshes for this cause. */
  readonly refreshes: number;
  /** Number of syncs since the last refresh. */
  readonly syncs: number;
  /** No request is sent before this time. */
  readonly notBefore: number;
  /** The part of `notBefore` that a server asked for; a new cause does not reset it. */
  readonly retryAt: number;
  /** Number of consecutive failed requests. */
  readonly failures: number;
  /** A request without a response, or answered by a failing server: Argo CD may have received it all the same. */
  readonly unanswered: 'refresh' | 'sync' | null;
}

/** Back-off between refreshes without effect. No jitter: each Application backs off by itself. */
export const refreshBackoff = { baseMs: 2_000, maxMs: 5 * 60_000 };
/** Back-off before repeating a request that the server rejected unprocessed (429), unless Retry-After is longer. */
const throttledBackoff = { baseMs: 250, maxMs: 1_000 };
/** Back-off before repeating a request to a server that did not answer or is starting (503). */
const unavailableBackoff = { baseMs: 500, maxMs: 4_000 };
/** Re-evaluation interval without an event. */
export const reevaluateMs = 60_000;

/**
 * The attempts for a new cause. Keeps what does not depend on it: the state may still be the one from before the last
 * request, and Retry-After stays in force.
 */
export function freshAttempts(cause: string, known: Attempts | null): Attempts {
  const { version = '', answerBy = 0, retryAt = 0 } = known ?? {};
  return {
    cause,
    version,
    answerBy,
    refreshedAt: null,
    refreshes: 0,
    syncs: 0,
    notBefore: retryAt,
    retryAt,
    failures: 0,
    unanswered: null,
  };
}

/** The attempts after a request; unchanged if Argo CD did not accept it. */
export function requested(
  attempts: Attempts,
  request: 'refresh' | 'sync' | 'nothing',
  version: string,
  now: number,
): Attempts {
  const waiting = { ...attempts, version, answerBy: now + reevaluateMs, failures: 0 };
  switch (request) {
    case 'refresh':
      return { ...waiting, refreshedAt: now, refreshes: attempts.refreshes + 1, syncs: 0, unanswered: null };
    case 'sync':
      return { ...waiting, refreshedAt: now, syncs: attempts.syncs + 1, unanswered: null };
    case 'nothing':
      return waiting;
  }
}

/**
 * The attempts after a failed request. The same request comes next, and only its pause changes: a throttled sync costs
 * no second refresh. `failure` is `null` if the request did not fail on its way to the server.
 */
export function backedOff(
  attempts: Attempts,
  now: number,
  request: 'refresh' | 'sync' = 'refresh',
  failure: RequestFailure | null = null,
): Attempts {
  const failures = attempts.failures + 1;
  const retryAt = now + (failure?.retryAfterMs ?? 0);
  const notBefore = Math.max(retryAt, now + backoffMs(failures, backoffFor(failure)));
  const unanswered = mayHaveArrived(failure) ? request : attempts.unanswered;
  return { ...attempts, failures, unanswered, retryAt, notBefore };
}

/** Counts an unanswered request as sent once the Application shows that it arrived. */
export function withArrived(
  attempts: Attempts,
  { refresh, operation, resourceVersion }: ApplicationView,
  now: number,
): Attempts {
  const { unanswered } = attempts;
  const hasArrived = unanswered === 'refresh' ? refresh === 'hard' : unanswered === 'sync' && operation !== null;
  if (unanswered === null || !hasArrived) return attempts;
  return requested({ ...attempts, notBefore: attempts.retryAt }, unanswered, resourceVersion, now);
}

function backoffFor(failure: RequestFailure | null): Backoff {
  if (failure?.status === 429) return throttledBackoff;
  return failure?.status === 0 || failure?.status === 503 ? unavailableBackoff : refreshBackoff;
}

function mayHaveArrived(failure: RequestFailure | null): boolean {
  return failure !== null && (failure.status === 0 || failure.status >= 500);
}
