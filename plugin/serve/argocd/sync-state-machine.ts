import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';
import { backoffMs } from '../../lib/duration.ts';
import type { BlockedReason, FailureKind } from '../reasons.ts';
import { freshAttempts, reevaluateMs, refreshBackoff, withArrived } from './attempts.ts';
import type { Attempts } from './attempts.ts';

/** A ConfigMap whose digest differs from the desired one. */
export interface OutOfDateConfigMap {
  readonly namespace: string;
  readonly name: string;
  /** The desired digest. */
  readonly desired: string;
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

  const blocked = blockedReason(application);
  if (blocked !== null) return { step: { kind: 'blocked', reason: blocked }, attempts };
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
  const next = afterRefresh(
    application,
    outOfDate,
    { ...attempts, refreshedAt: attempts.refreshedAt },
    { now, syncMode },
  );
  const isInferred = next.step.kind === 'wait' && inferredFailures.has(next.step.failure);
  return isInferred && !isCurrent ? wait('WatchClosed', now + watchClosedMs) : next;
}

/** Why Argo CD would not even do what is requested. */
function blockedReason({ deleting, skipped }: ApplicationView): BlockedReason | null {
  if (deleting) return 'ApplicationDeleting';
  return skipped ? 'ReconcileSkipped' : null;
}

function causeOf({ generationError }: ApplicationView, outOfDate: readonly OutOfDateConfigMap[]): string | null {
  if (outOfDate.length > 0)
    return JSON.stringify(outOfDate.map(({ namespace, name, desired }) => [namespace, name, desired]));
  return generationError === null ? null : 'generation';
}

/** The refresh has finished: the status of the Application reflects it. */
function afterRefresh(
  application: ApplicationView,
  outOfDate: readonly OutOfDateConfigMap[],
  attempts: Attempts & { readonly refreshedAt: number },
  { now, syncMode }: { readonly now: number; readonly syncMode: SyncMode },
): { readonly step: Step; readonly attempts: Attempts } {
  if (application.generationError !== null) return backOff('GenerationFailed', attempts, now);
  const outOfSync = application.configMaps.filter(
    ({ namespace, name, status }) =>
      status === 'OutOfSync' && outOfDate.some((one) => one.namespace === namespace && one.name === name),
  );
  const until = attempts.refreshedAt + applyMs;
  if (outOfSync.length > 0 && !application.selfHeal)
    return { step: { kind: 'blocked', reason: 'NoSelfHeal' }, attempts };
  if (outOfSync.length > 0 && application.lastOperation?.hooks === true && hasFailed(application))
    return { step: { kind: 'blocked', reason: 'HookFailed' }, attempts };
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
  const until = now + backoffMs(attempts.refreshes, refreshBackoff);
  return {
    step: { kind: 'wait', reason: 'BackOff', until, failure },
    attempts: { ...attempts, refreshedAt: null, notBefore: until },
  };
}
