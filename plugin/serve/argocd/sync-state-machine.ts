import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';
import { backoffMs } from '../../lib/duration.ts';
import type { Backoff } from '../../lib/duration.ts';
import type { RequestFailure } from '../../lib/errors.ts';
import type { BlockedReason, FailureKind } from '../reasons.ts';

/** A ConfigMap whose digest differs from the desired one. */
export interface OutOfDateConfigMap {
  readonly namespace: string;
  readonly name: string;
  /** The desired digest. */
  readonly desired: string;
}

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

/** `sync`: serve requests refreshes and syncs. `refresh`: only refreshes; Argo CD's self-heal syncs, within 5 minutes. */
export type SyncMode = 'sync' | 'refresh';

/** What is awaited before the next request. */
export type WaitReason =
  'RequestPending' | 'RefreshRunning' | 'OperationRunning' | 'SelfHeal' | 'BackOff' | 'ConfigMapEvent' | 'WatchClosed';

/** The next step for an Application. All times are monotonic milliseconds. */
export type Step =
  | { readonly kind: 'done' }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'sync'; readonly configMaps: readonly ManagedResource[] }
  /** Evaluate again after the next event, and at the latest at `until`. */
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly until: number; readonly failure?: FailureKind }
  | { readonly kind: 'blocked'; readonly reason: BlockedReason };

/** Back-off between refreshes without effect. No jitter: each Application backs off by itself. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };
/** Back-off before repeating a request that the server rejected unprocessed (429), unless Retry-After is longer. */
const throttledBackoff = { baseMs: 250, maxMs: 1_000 };
/** Back-off before repeating a request to a server that did not answer or is starting (503). */
const unavailableBackoff = { baseMs: 500, maxMs: 4_000 };
/** Re-evaluation interval without an event. */
const reevaluateMs = 60_000;
/** Re-evaluation interval while a watch is closed. */
const watchClosedMs = 500;
/** Failures concluded from an event that did not arrive. */
const inferredFailures: ReadonlySet<FailureKind | undefined> = new Set(['RefreshHadNoEffect', 'SyncFailed']);
/** How long the event of a synced Application may precede the event of its ConfigMap. */
const applyMs = 2_000;

/** What decides about the next step besides the Application's own state. */
interface StepConditions {
  /** `sync` by default. */
  readonly syncMode?: SyncMode;
  /** Whether the watches that report the effect of a refresh are open; they are by default. */
  readonly isCurrent?: boolean;
}

/**
 * Level-triggered: the step follows from the current state alone. A refresh is requested once per cause and then
 * awaited; one without effect is repeated with exponential back-off.
 */
export function nextStep(
  application: ApplicationView,
  outOfDate: readonly OutOfDateConfigMap[],
  known: Attempts | null,
  now: number,
  { syncMode = 'sync', isCurrent = true }: StepConditions = {},
): { readonly step: Step; readonly attempts: Attempts | null } {
  const cause = causeOf(application, outOfDate);
  if (cause === null) return { step: { kind: 'done' }, attempts: null };
  const attempts = known?.cause === cause ? withArrived(known, application, now) : freshAttempts(cause, known);
  const wait = (reason: WaitReason, until: number): { step: Step; attempts: Attempts } => ({
    step: { kind: 'wait', reason, until },
    attempts,
  });

  if (application.deleting) return { step: { kind: 'blocked', reason: 'ApplicationDeleting' }, attempts };
  if (attempts.version === application.resourceVersion && now < attempts.answerBy)
    return wait('RequestPending', attempts.answerBy);
  if (application.operation) {
    if (/blocked by sync window/i.test(application.operation.message))
      return { step: { kind: 'blocked', reason: 'SyncWindow' }, attempts };
    return wait('OperationRunning', now + reevaluateMs);
  }
  if (application.refresh !== null) return wait('RefreshRunning', now + reevaluateMs);
  if (now < attempts.notBefore) return wait('BackOff', attempts.notBefore);
  if (attempts.refreshedAt === null) return { step: { kind: 'refresh' }, attempts };
  const next = afterRefresh(application, outOfDate, { ...attempts, refreshedAt: attempts.refreshedAt }, now, syncMode);
  const isInferred = next.step.kind === 'wait' && inferredFailures.has(next.step.failure);
  return isInferred && !isCurrent ? wait('WatchClosed', now + watchClosedMs) : next;
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

function backoffFor(failure: RequestFailure | null): Backoff {
  if (failure?.status === 429) return throttledBackoff;
  return failure?.status === 0 || failure?.status === 503 ? unavailableBackoff : backoff;
}

function mayHaveArrived(failure: RequestFailure | null): boolean {
  return failure !== null && (failure.status === 0 || failure.status >= 500);
}

/** Counts an unanswered request as sent once the Application shows that it arrived. */
function withArrived(
  attempts: Attempts,
  { refresh, operation, resourceVersion }: ApplicationView,
  now: number,
): Attempts {
  const { unanswered } = attempts;
  const hasArrived = unanswered === 'refresh' ? refresh === 'hard' : unanswered === 'sync' && operation !== null;
  if (unanswered === null || !hasArrived) return attempts;
  return requested({ ...attempts, notBefore: attempts.retryAt }, unanswered, resourceVersion, now);
}

function causeOf({ generationError }: ApplicationView, outOfDate: readonly OutOfDateConfigMap[]): string | null {
  if (outOfDate.length > 0)
    return JSON.stringify(outOfDate.map(({ namespace, name, desired }) => [namespace, name, desired]));
  return generationError === null ? null : 'generation';
}

/**
 * Keeps what does not depend on the cause: the state may still be the one from before the last request, and Retry-After
 * stays in force.
 */
function freshAttempts(cause: string, known: Attempts | null): Attempts {
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

/** The refresh has finished: the status of the Application reflects it. */
function afterRefresh(
  application: ApplicationView,
  outOfDate: readonly OutOfDateConfigMap[],
  attempts: Attempts & { readonly refreshedAt: number },
  now: number,
  syncMode: SyncMode,
): { readonly step: Step; readonly attempts: Attempts } {
  if (application.generationError !== null) return backOff('GenerationFailed', attempts, now);
  const outOfSync = application.configMaps.filter(
    ({ namespace, name, status }) =>
      status === 'OutOfSync' && outOfDate.some((one) => one.namespace === namespace && one.name === name),
  );
  const until = attempts.refreshedAt + applyMs;
  if (outOfSync.length > 0 && !application.selfHeal)
    return { step: { kind: 'blocked', reason: 'NoSelfHeal' }, attempts };
  if (outOfSync.length > 0 && syncMode === 'refresh')
    return { step: { kind: 'wait', reason: 'SelfHeal', until: now + reevaluateMs }, attempts };
  if (attempts.syncs > 0 && hasFailed(application)) return backOff('SyncFailed', attempts, now);
  if (outOfSync.length > 0 && attempts.syncs === 0 && (isCompared(application) || now >= until))
    return { step: { kind: 'sync', configMaps: outOfSync }, attempts };
  if (now < until) return { step: { kind: 'wait', reason: 'ConfigMapEvent', until }, attempts };
  return backOff(outOfSync.length > 0 ? 'SyncFailed' : 'RefreshHadNoEffect', attempts, now);
}

function hasFailed({ lastOperation }: ApplicationView): boolean {
  return lastOperation?.phase === 'Failed' || lastOperation?.phase === 'Error';
}

/** Whether the resources were compared after the last operation: until then they appear out of sync. */
function isCompared({ lastOperation, reconciledAt }: ApplicationView): boolean {
  return lastOperation === null || lastOperation.finishedAt <= reconciledAt;
}

function backOff(
  failure: FailureKind,
  attempts: Attempts,
  now: number,
): { readonly step: Step; readonly attempts: Attempts } {
  const until = now + backoffMs(attempts.refreshes, backoff);
  return {
    step: { kind: 'wait', reason: 'BackOff', until, failure },
    attempts: { ...attempts, refreshedAt: null, notBefore: until },
  };
}
