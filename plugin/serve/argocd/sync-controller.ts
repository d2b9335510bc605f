import type { ApplicationView } from '../../argocd/application.ts';
import type { RequestOutcome, ArgoCdClient } from './client.ts';
import type { Store } from '../cache/store.ts';
import type { BlockedReason, FailureKind } from '../reasons.ts';
import type { SyncMode, Attempts, Step } from './sync-state-machine.ts';
import { backedOff, nextStep, requested } from './sync-state-machine.ts';
import { startTimers } from '../reconcile/requeue-timers.ts';
import { tokenBucket } from './token-bucket.ts';
import type { Rate, TokenBucket } from './token-bucket.ts';
import type { ConfigMapStatus } from '../reconcile/status.ts';
import { isOutOfDate } from '../reconcile/status.ts';

/** Something that the driver did, or found that it cannot do. */
export type SyncEvent =
  | {
      readonly kind: 'requested';
      readonly request: 'refresh' | 'sync';
      readonly result: RequestOutcome;
      readonly attempt: number;
    }
  | { readonly kind: 'request-failed'; readonly request: 'refresh' | 'sync'; readonly error: unknown }
  | { readonly kind: 'failure'; readonly reason: FailureKind; readonly retryInMs: number; readonly attempt: number }
  | { readonly kind: 'blocked'; readonly reason: BlockedReason };

export interface SyncControllerOptions {
  readonly applications: Store<ApplicationView>;
  /** ConfigMaps of an Application, by its `namespace/name`. */
  readonly configMapsOf: (application: string) => readonly ConfigMapStatus[];
  readonly argoCd: ArgoCdClient;
  readonly act: SyncMode;
  /** Whether this replica is the one that acts. */
  readonly isLeader: () => boolean;
  readonly signal: AbortSignal;
  /** Told of what is new about an Application. */
  readonly onEvent: (event: SyncEvent, application: ApplicationView) => void;
  readonly rates?: RequestRates;
}

/** Requests to Argo CD: of all Applications together, and of one. */
export interface RequestRates {
  readonly all: Rate;
  readonly each: Rate;
}

/** Twenty changes of one Application in a minute go at once; what never ends costs one generation in three seconds. */
const usualRates: RequestRates = { all: { burst: 20, perSecond: 5 }, each: { burst: 10, perSecond: 1 / 3 } };

/** Drives Applications until their ConfigMaps say what the cluster says. */
export interface SyncController {
  /** Something about it, about its ConfigMaps, or about who acts has changed. */
  readonly reconcile: (application: string) => void;
  /** Settles once no request is on its way. */
  readonly idle: () => Promise<void>;
}

interface ApplicationState {
  attempts: Attempts | null;
  /** Why it was left alone when it was last looked at: the same is not told twice. */
  blocked: BlockedReason | null;
  readonly bucket: TokenBucket;
}

export function startSyncController(options: SyncControllerOptions): SyncController {
  const { applications, configMapsOf, argoCd, act, isLeader, signal, onEvent, rates = usualRates } = options;
  const driven = new Map<string, ApplicationState>();
  const all = tokenBucket(rates.all);
  const requests = new Map<string, Promise<void>>();
  const timers = startTimers(signal, look);

  function look(key: string): void {
    timers.clear(key);
    const application = applications.get(key);
    if (!application) driven.delete(key);
    // A request on its way ends with a look.
    if (!application || signal.aborted || !isLeader() || requests.has(key)) return;
    const known = driven.get(key) ?? { attempts: null, blocked: null, bucket: tokenBucket(rates.each) };
    driven.set(key, known);
    const now = performance.now();
    const { step, attempts } = nextStep(application, behindOf(configMapsOf(key)), known.attempts, now, act);
    known.attempts = attempts;
    notify(step, known, application, now);
    if (step.kind === 'wait') timers.set(key, step.until - now);
    if (attempts === null || (step.kind !== 'refresh' && step.kind !== 'sync')) return;
    const allowedAt = Math.max(all.nextAt(now), known.bucket.nextAt(now));
    if (allowedAt > now) {
      timers.set(key, allowedAt - now);
      return;
    }
    all.consume(now);
    known.bucket.consume(now);
    const request = ask(step, attempts, known, application).finally(() => {
      requests.delete(key);
      look(key);
    });
    requests.set(key, request);
  }

  async function ask(
    step: Extract<Step, { readonly kind: 'refresh' | 'sync' }>,
    attempts: Attempts,
    known: ApplicationState,
    application: ApplicationView,
  ): Promise<void> {
    const { kind } = step;
    try {
      const result = await (kind === 'refresh'
        ? argoCd.refresh(application)
        : argoCd.sync(application, step.configMaps));
      const now = performance.now();
      known.attempts = requested(attempts, result === 'accepted' ? kind : 'nothing', application.resourceVersion, now);
      const attempt = kind === 'refresh' ? known.attempts.refreshes : known.attempts.syncs;
      onEvent({ kind: 'requested', request: kind, result, attempt }, application);
      if (result === 'deferred') block('SyncWindow', known, application);
    } catch (error) {
      known.attempts = backedOff(attempts, performance.now());
      onEvent({ kind: 'request-failed', request: kind, error }, application);
    }
  }

  function notify(step: Step, known: ApplicationState, application: ApplicationView, now: number): void {
    const attempt = known.attempts?.refreshes ?? 0;
    if (step.kind === 'wait' && step.failure !== undefined) {
      onEvent({ kind: 'failure', reason: step.failure, retryInMs: step.until - now, attempt }, application);
      return;
    }
    // Whoever holds a sync back is asked again, and only what comes of it tells.
    if (step.kind !== 'sync' && step.kind !== 'wait')
      block(step.kind === 'blocked' ? step.reason : null, known, application);
  }

  function block(reason: BlockedReason | null, known: ApplicationState, application: ApplicationView): void {
    if (reason !== null && known.blocked !== reason) onEvent({ kind: 'blocked', reason }, application);
    known.blocked = reason;
  }

  return {
    reconcile: look,
    idle: async () => {
      await Promise.all(requests.values());
    },
  };
}

function behindOf(configMaps: readonly ConfigMapStatus[]): { namespace: string; name: string; desired: string }[] {
  return configMaps.flatMap(({ namespace, name, digest, desired }) =>
    desired !== null && isOutOfDate({ digest, desired }) ? [{ namespace, name, desired }] : [],
  );
}
