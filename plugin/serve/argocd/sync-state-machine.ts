import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';
import { backoffMs } from '../../lib/duration.ts';
import type { BlockedReason, FailureKind } from '../reasons.ts';

/** A ConfigMap whose digest is not the one that the cluster asks for. */
export interface OutOfDateConfigMap {
  readonly namespace: string;
  readonly name: string;
  /** The digest that it should have. */
  readonly desired: string;
}

/** What has been done about an Application; kept in memory alone: after a restart one refresh more is asked for. */
export interface Attempts {
  /** What they are about. Another cause starts anew. */
  readonly cause: string;
  /** State of the Application that the last request was made in: until it changes, or for a while, nothing can be told. */
  readonly version: string;
  readonly answerBy: number;
  /** When the refresh that is being waited for was asked for; `null` where none is. */
  readonly refreshedAt: number | null;
  /** Refreshes for this cause. */
  readonly refreshes: number;
  /** Syncs since the last refresh. */
  readonly syncs: number;
  /** Not before this time is anything asked for. */
  readonly notBefore: number;
}

/** Whether Argo CD is asked to sync as well, or its self-heal is waited for, which backs off to five minutes. */
export type SyncMode = 'sync' | 'refresh';

/** What is awaited before the next request. */
export type WaitReason =
  'RequestPending' | 'RefreshRunning' | 'OperationRunning' | 'SelfHeal' | 'BackOff' | 'ConfigMapEvent';

/** What to do about an Application now. All times are monotonic milliseconds. */
export type Step =
  | { readonly kind: 'done' }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'sync'; readonly configMaps: readonly ManagedResource[] }
  /** Look again when something changes, and at the latest at `until`. */
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly until: number; readonly failure?: FailureKind }
  | { readonly kind: 'blocked'; readonly reason: BlockedReason };

/** Between refreshes that change nothing. No jitter: each Application backs off by itself. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };
/** A state that no event has told the end of is looked at again after this time. */
const lookAgainMs = 60_000;
/** The Application can be told of sooner than the ConfigMap that was applied with it. */
const applyMs = 2_000;

/**
 * Level-triggered: what to do follows from how things are, whoever brought them there. A refresh is asked for once for
 * each cause and waited for; one that changes nothing is asked for again after a pause that doubles each time.
 */
export function nextStep(
  application: ApplicationView,
  behind: readonly OutOfDateConfigMap[],
  known: Attempts | null,
  now: number,
  act: SyncMode = 'sync',
): { readonly step: Step; readonly attempts: Attempts | null } {
  const cause = causeOf(application, behind);
  if (cause === null) return { step: { kind: 'done' }, attempts: null };
  const attempts = known?.cause === cause ? known : freshAttempts(cause, known);
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
    return wait('OperationRunning', now + lookAgainMs);
  }
  if (application.refresh !== null) return wait('RefreshRunning', now + lookAgainMs);
  if (now < attempts.notBefore) return wait('BackOff', attempts.notBefore);
  if (attempts.refreshedAt === null) return { step: { kind: 'refresh' }, attempts };
  return afterRefresh(application, behind, { ...attempts, refreshedAt: attempts.refreshedAt }, now, act);
}

/** The attempts after a request. Either way nothing can be told before the Application has changed. */
export function requested(
  attempts: Attempts,
  request: 'refresh' | 'sync' | 'nothing',
  version: string,
  now: number,
): Attempts {
  const waiting = { ...attempts, version, answerBy: now + lookAgainMs };
  switch (request) {
    case 'refresh':
      return { ...waiting, refreshedAt: now, refreshes: attempts.refreshes + 1, syncs: 0 };
    case 'sync':
      return { ...waiting, refreshedAt: now, syncs: attempts.syncs + 1 };
    case 'nothing':
      return waiting;
  }
}

/** The attempts after a request that could not be made. */
export function backedOff(attempts: Attempts, now: number): Attempts {
  const refreshes = attempts.refreshes + 1;
  return { ...attempts, refreshes, refreshedAt: null, notBefore: now + backoffMs(refreshes, backoff) };
}

function causeOf({ generationError }: ApplicationView, behind: readonly OutOfDateConfigMap[]): string | null {
  if (behind.length > 0)
    return JSON.stringify(behind.map(({ namespace, name, desired }) => [namespace, name, desired]));
  return generationError === null ? null : 'generation';
}

/** A new cause is no reason to look at a state that may still be that from before the last request. */
function freshAttempts(cause: string, known: Attempts | null): Attempts {
  const { version = '', answerBy = 0 } = known ?? {};
  return { cause, version, answerBy, refreshedAt: null, refreshes: 0, syncs: 0, notBefore: 0 };
}

/** The refresh has ended: the Application now says what Argo CD makes of it. */
function afterRefresh(
  application: ApplicationView,
  behind: readonly OutOfDateConfigMap[],
  attempts: Attempts & { readonly refreshedAt: number },
  now: number,
  act: SyncMode,
): { readonly step: Step; readonly attempts: Attempts } {
  if (application.generationError !== null) return backOff('GenerationFailed', attempts, now);
  const outOfSync = application.configMaps.filter(
    ({ namespace, name, status }) =>
      status === 'OutOfSync' && behind.some((one) => one.namespace === namespace && one.name === name),
  );
  const until = attempts.refreshedAt + applyMs;
  if (outOfSync.length > 0 && !application.selfHeal)
    return { step: { kind: 'blocked', reason: 'NoSelfHeal' }, attempts };
  if (outOfSync.length > 0 && act === 'refresh')
    return { step: { kind: 'wait', reason: 'SelfHeal', until: now + lookAgainMs }, attempts };
  if (attempts.syncs > 0 && hasFailed(application)) return backOff('SyncFailed', attempts, now);
  if (outOfSync.length > 0 && attempts.syncs === 0 && (isCompared(application) || now >= until))
    return { step: { kind: 'sync', configMaps: outOfSync }, attempts };
  if (now < until) return { step: { kind: 'wait', reason: 'ConfigMapEvent', until }, attempts };
  return backOff(outOfSync.length > 0 ? 'SyncFailed' : 'RefreshHadNoEffect', attempts, now);
}

function hasFailed({ lastOperation }: ApplicationView): boolean {
  return lastOperation?.phase === 'Failed' || lastOperation?.phase === 'Error';
}

/** Whether what it says of its resources is from after its last operation: until then they look out of sync. */
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
