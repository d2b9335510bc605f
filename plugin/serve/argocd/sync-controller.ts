import type { ApplicationView } from '../../argocd/application.ts';
import { isPluginError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Store } from '../cache/store.ts';
import type { BlockedReason, FailureKind } from '../reasons.ts';
import { startTimers } from '../timing/requeue-timers.ts';
import type { Timers } from '../timing/requeue-timers.ts';
import type { ConfigMapStatus } from '../reconcile/status.ts';
import { isOutOfDate } from '../reconcile/status.ts';
import type { ArgoCdClient, RequestOutcome } from './client.ts';
import { backedOff, requested } from './attempts.ts';
import type { Attempts } from './attempts.ts';
import { nextStep } from './sync-state-machine.ts';
import type { OutOfDateConfigMap, Step, SyncMode } from './sync-state-machine.ts';
import { tokenBucket } from '../timing/token-bucket.ts';
import type { Rate, TokenBucket } from '../timing/token-bucket.ts';

/** A request to Argo CD and its result, a failure that followed, or the reason why none is sent. */
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
  /** ConfigMaps of an Application, given its `namespace/name`. */
  readonly configMapsOf: (application: string) => readonly ConfigMapStatus[];
  readonly argoCd: ArgoCdClient;
  readonly mode: SyncMode;
  /**
   * Whether the state of the Application's cluster is known; always by default. If not, the Application is left alone.
   */
  readonly isReadable?: (application: ApplicationView) => boolean;
  /** Whether this replica may send requests. */
  readonly isLeader: () => boolean;
  /** Whether the watches of the Application and its ConfigMaps are open; always by default. */
  readonly isCurrent?: (application: ApplicationView) => boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: SyncEvent, application: ApplicationView) => void;
  readonly rates?: RequestRates;
  readonly clock?: Clock;
}

/** Rate limits of requests to Argo CD: for all Applications together, and for each one. */
export interface RequestRates {
  readonly all: Rate;
  readonly each: Rate;
}

/**
 * Ten changes of an Application pass at once; an endless series of changes costs Argo CD one generation every three
 * seconds.
 */
const defaultRates: RequestRates = { all: { burst: 20, perSecond: 5 }, each: { burst: 10, perSecond: 1 / 3 } };

interface ApplicationState {
  /** UID of the Application: one that is recreated under the same name is a different one. */
  readonly uid: string;
  attempts: Attempts | null;
  /** The last reported reason, so that each is reported once. */
  blocked: BlockedReason | null;
  readonly bucket: TokenBucket;
}

type RequestStep = Extract<Step, { readonly kind: 'refresh' | 'sync' }>;

/** Sends requests to Argo CD until the ConfigMaps of each Application are up to date. */
export class SyncController {
  readonly #options: SyncControllerOptions;
  readonly #clock: Clock;
  readonly #states = new Map<string, ApplicationState>();
  readonly #inFlight = new Map<string, Promise<void>>();
  readonly #timers: Timers;
  readonly #rates: RequestRates;
  readonly #bucket: TokenBucket;

  constructor(options: SyncControllerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rates = options.rates ?? defaultRates;
    this.#bucket = tokenBucket(this.#rates.all);
    this.#timers = startTimers(options.signal, (key) => {
      this.reconcile(key);
    });
  }

  /** Called when the Application, one of its ConfigMaps or the leader has changed. */
  reconcile(key: string): void {
    const {
      applications,
      configMapsOf,
      isLeader,
      isReadable = always,
      isCurrent = always,
      signal,
      mode,
    } = this.#options;
    this.#timers.clear(key);
    const application = applications.get(key);
    if (!application) this.#states.delete(key);
    // A request in flight reconciles again when it ends.
    if (!application || signal.aborted || !isLeader() || this.#inFlight.has(key)) return;
    if (!isReadable(application)) return;
    const state = this.#stateOf(key, application);
    const now = this.#clock.now();
    const configMaps = outOfDate(configMapsOf(key));
    const { step, attempts } = nextStep(application, configMaps, state.attempts, now, {
      syncMode: mode,
      isCurrent: isCurrent(application),
    });
    state.attempts = attempts;
    this.#report(step, state, application, now);
    if (step.kind === 'wait') this.#timers.set(key, step.until - now);
    if (attempts !== null && (step.kind === 'refresh' || step.kind === 'sync'))
      this.#send(key, step, attempts, application);
  }

  /** Settles when no request is in flight. */
  async idle(): Promise<void> {
    await Promise.all(this.#inFlight.values());
  }

  #stateOf(key: string, { uid }: ApplicationView): ApplicationState {
    const known = this.#states.get(key);
    if (known?.uid === uid) return known;
    // The rate belongs to the name: recreating an Application again and again does not earn more requests.
    const state = { uid, attempts: null, blocked: null, bucket: known?.bucket ?? tokenBucket(this.#rates.each) };
    this.#states.set(key, state);
    return state;
  }

  /** Sends the request now, or sets a timer for when the rates allow it. */
  #send(key: string, step: RequestStep, attempts: Attempts, application: ApplicationView): void {
    const state = this.#stateOf(key, application);
    const now = this.#clock.now();
    const allowedAt = Math.max(this.#bucket.nextAt(now), state.bucket.nextAt(now));
    if (allowedAt > now) {
      this.#timers.set(key, allowedAt - now);
      return;
    }
    this.#bucket.consume(now);
    state.bucket.consume(now);
    const request = this.#request(step, attempts, state, application).finally(() => {
      this.#inFlight.delete(key);
      this.reconcile(key);
    });
    this.#inFlight.set(key, request);
  }

  async #request(
    step: RequestStep,
    attempts: Attempts,
    state: ApplicationState,
    application: ApplicationView,
  ): Promise<void> {
    const { argoCd, onEvent } = this.#options;
    const { kind } = step;
    try {
      const result = await (kind === 'refresh'
        ? argoCd.refresh(application)
        : argoCd.sync(application, step.configMaps));
      const accepted = result === 'accepted' ? kind : 'nothing';
      state.attempts = requested(attempts, accepted, application.resourceVersion, this.#clock.now());
      const attempt = kind === 'refresh' ? state.attempts.refreshes : state.attempts.syncs;
      onEvent({ kind: 'requested', request: kind, result, attempt }, application);
      if (result === 'deferred') this.#block('SyncWindow', state, application);
    } catch (error) {
      const failure = isPluginError(error) ? error.request : null;
      // An Application's rate limits the work that Argo CD does for it; a throttled request caused none. The shared
      // rate stays spent.
      if (failure?.status === 429) state.bucket.consume(this.#clock.now(), -1);
      state.attempts = backedOff(attempts, this.#clock.now(), kind, failure);
      onEvent({ kind: 'request-failed', request: kind, error }, application);
    }
  }

  #report(step: Step, state: ApplicationState, application: ApplicationView, now: number): void {
    if (step.kind === 'wait') {
      if (step.failure === undefined) return;
      const attempt = state.attempts?.refreshes ?? 0;
      this.#options.onEvent(
        { kind: 'failure', reason: step.failure, retryInMs: step.until - now, attempt },
        application,
      );
      return;
    }
    // For a sync, its result decides whether a sync window still blocks it.
    if (step.kind !== 'sync') this.#block(step.kind === 'blocked' ? step.reason : null, state, application);
  }

  #block(reason: BlockedReason | null, state: ApplicationState, application: ApplicationView): void {
    if (reason !== null && state.blocked !== reason) this.#options.onEvent({ kind: 'blocked', reason }, application);
    state.blocked = reason;
  }
}

function always(): boolean {
  return true;
}

function outOfDate(configMaps: readonly ConfigMapStatus[]): OutOfDateConfigMap[] {
  return configMaps.flatMap(({ namespace, name, digest, desired }) =>
    desired !== null && isOutOfDate({ digest, desired }) ? [{ namespace, name, desired }] : [],
  );
}
