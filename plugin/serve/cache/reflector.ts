import type { Connection } from '../../cluster/connection/connection.ts';
import { closed, endOf, invalidResponse } from '../../cluster/watch/watch-errors.ts';
import type { WatchEnd } from '../../cluster/watch/watch-errors.ts';
import { PluginError } from '../../lib/errors.ts';
import { backoffMs } from '../../lib/duration.ts';
import type { Clock } from '../../lib/clock.ts';
import { isAborted } from '../../lib/clock.ts';
import type { Collection } from './resources.ts';
import { descriptorOf, listInto, watchInto } from './list-watch.ts';
import type { Subject } from './list-watch.ts';
import { HealthRecord } from './reflector-health.ts';
import type { ReflectorHealth, Restart, RestartCause } from './reflector-health.ts';
import type { WritableStore } from './store.ts';

/** Jitter shortens each pause by up to half, so that the watches of a process do not restart simultaneously. */
const baseMs = 500;
/**
 * Longest pause: short if an attempt is cheap and the end of the failure cannot be foreseen (no connection, or a server
 * that asks to try again later), longer if it costs a list, longest if a person has to act first.
 */
const maxMs: Readonly<Record<RestartCause, number>> = {
  unreachable: 4_000,
  silent: 4_000,
  throttled: 2_000,
  failed: 8_000,
  closed: 30_000,
  resync: 30_000,
  widened: 30_000,
  expired: 30_000,
  invalid: 30_000,
  unauthorized: 8_000,
  forbidden: 30_000,
  missing: 30_000,
};
/** A watch that was open this long counts as a success: its end resets the back-off. */
const steadyMs = 10_000;
/** `timeoutSeconds` of a watch: random, so that watches end at different times and move between API servers. */
const watchSeconds = { least: 300, most: 600 };
/**
 * After these causes the watch resumes at its last resource version; after any other, the collection is listed again.
 */
const resumable: ReadonlySet<RestartCause> = new Set<RestartCause>([
  'closed',
  'throttled',
  'unreachable',
  'silent',
  'unauthorized',
  'forbidden',
]);

/**
 * Failures of a list that last until a person acts, such as the Role of a deleted namespace: callers waiting for the
 * list are released, or one such namespace would hold up the evaluation of all ConfigMaps. The next list that succeeds
 * projects each object anew.
 */
const lasting: ReadonlySet<RestartCause> = new Set<RestartCause>(['forbidden', 'missing']);

export interface ReflectorOptions {
  readonly connection: Connection;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Average time between two complete lists; each interval varies by up to 20 %. */
  readonly resyncMs: number;
  /** See `WatchQuery`. */
  readonly silentMs: number;
  readonly onRestart: (restart: Restart) => void;
  /** Called after its health has changed. */
  readonly onHealth?: (() => void) | undefined;
}

/** One round: a list, if needed, and a watch. */
interface Round {
  readonly end: Omit<WatchEnd, 'cause'> & { readonly cause: RestartCause };
  /** Resource version at which the next watch starts; `null` to list first. */
  readonly from: string | null;
  /** How long the watch was open. */
  readonly openMs: number;
  /** It ended for a list that must not wait. */
  readonly isAtOnce: boolean;
}

interface ListWaiter {
  readonly resolve: (value: undefined) => void;
  /** The caller that requested the list limits its own rate. */
  readonly isLimited: boolean;
}

/**
 * Keeps a store equal to a collection: lists it, watches it from there, and starts over after any failure, until the
 * signal. A complete list every `resyncMs` finds lost events.
 */
export class Reflector<T> {
  readonly #collection: Collection<T>;
  readonly #store: WritableStore<T>;
  readonly #options: ReflectorOptions;
  readonly #health: HealthRecord;
  #resyncAt = 0;
  /** Label selector of the last list, and of each watch after it. */
  #labelSelector: string | undefined;
  /** Callers waiting for a list that begins after their request. */
  #waiting: readonly ListWaiter[] = [];
  #newList = new AbortController();
  readonly #firstAttempt = Promise.withResolvers<undefined>();

  constructor(collection: Collection<T>, store: WritableStore<T>, options: ReflectorOptions) {
    this.#collection = collection;
    this.#store = store;
    this.#options = options;
    this.#health = new HealthRecord(options.clock, options.onHealth);
  }

  /** `null` for the whole cluster. */
  get namespace(): string | null {
    return this.#collection.namespace;
  }

  /** Settles when the first list of the collection has succeeded or failed. */
  get firstAttempt(): Promise<undefined> {
    return this.#firstAttempt.promise;
  }

  health(): ReflectorHealth {
    return this.#health.read();
  }

  /**
   * Lists the collection again and projects each object anew; settles when done or ended, and if the list is forbidden or
   * not served. Repeated requests pause in between as after failures, unless the caller limits its own rate.
   */
  async relist(isLimited = false): Promise<void> {
    if (this.#options.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#waiting = [...this.#waiting, { resolve, isLimited }];
    this.#newList.abort();
    await promise;
  }

  /** Settles after the signal. Never rejects. Call it once. */
  async run(): Promise<void> {
    const { signal, clock, onRestart } = this.#options;
    let from: string | null = null;
    const failures = new Failures();
    while (!isAborted(signal)) {
      const round = await this.#round(from);
      if (isAborted(signal)) break;
      const { end } = round;
      from = round.from;
      const count = failures.after(round);
      const pauseMs = count === 0 ? 0 : backoffMs(count, { baseMs, maxMs: maxMs[end.cause] }, clock.random() / 2);
      // A server that names a time knows better than our exponential pause.
      const delayMs = end.retryAfterMs >= 1_000 ? end.retryAfterMs : Math.max(end.retryAfterMs, pauseMs);
      this.#health.ended(end.cause, end.error);
      onRestart({ cause: end.cause, error: end.error, delayMs });
      if (delayMs > 0) await clock.sleep(delayMs, signal);
    }
    this.#health.stopped();
    this.#release();
  }

  /** No failure ends the reflector: a later list may lack the object that a view or listener failed on. */
  async #round(from: string | null): Promise<Round> {
    try {
      return await this.#watch(from === null || this.#waiting.length > 0 ? await this.#list() : from);
    } catch (error) {
      const end = this.#endOf(error);
      if (lasting.has(end.cause)) this.#release();
      return { end, from: null, openMs: 0, isAtOnce: false };
    }
  }

  async #list(): Promise<string> {
    const { signal, clock, resyncMs } = this.#options;
    const requests = this.#waiting;
    this.#newList = new AbortController();
    if (requests.length > 0) this.#store.forgetVersions();
    const { labelSelector, onListed } = this.#collection.select(this.namespace);
    this.#labelSelector = labelSelector;
    const from = await listInto(this.#subject(signal)).finally(() => {
      this.#firstAttempt.resolve(undefined);
    });
    onListed?.();
    // Requests that came meanwhile wait for the next list.
    this.#release(requests.length);
    this.#resyncAt = clock.now() + resyncMs * (0.8 + 0.4 * clock.random());
    this.#health.synced();
    return from;
  }

  /** Releases the first of the callers waiting for a list; all by default. */
  #release(count = this.#waiting.length): void {
    const released = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { resolve } of released) resolve(undefined);
  }

  async #watch(from: string): Promise<Round> {
    const { signal, clock, silentMs } = this.#options;
    const ended = AbortSignal.any([signal, this.#newList.signal]);
    const timeoutSeconds = this.#secondsUntilResync();
    const onOpen = (): void => {
      this.#health.opened();
    };
    const { end, resourceVersion } = await watchInto(this.#subject(ended), { from, timeoutSeconds, silentMs, onOpen });
    const { watching, since } = this.#health.read();
    const isRequested = this.#waiting.length > 0;
    const isDue = isRequested || clock.now() >= this.#resyncAt;
    return {
      end: isDue && end.cause === 'closed' ? { ...closed, cause: isRequested ? 'widened' : 'resync' } : end,
      from: isDue || !resumable.has(end.cause) ? null : resourceVersion,
      openMs: watching ? clock.now() - since : 0,
      isAtOnce: end.error === null && this.#waiting.some(({ isLimited }) => isLimited),
    };
  }

  #subject(signal: AbortSignal): Subject<T> {
    const { connection } = this.#options;
    return {
      connection,
      collection: this.#collection,
      labelSelector: this.#labelSelector,
      store: this.#store,
      signal,
    };
  }

  /** Random within `watchSeconds`, but not beyond the next resync: the API server then ends the watch in time. */
  #secondsUntilResync(): number {
    const { now, random } = this.#options.clock;
    const { least, most } = watchSeconds;
    const untilResync = Math.ceil((this.#resyncAt - now()) / 1000);
    return Math.max(1, Math.min(untilResync, Math.round(least + random() * (most - least))));
  }

  #endOf(error: unknown): WatchEnd {
    if (error instanceof PluginError) return endOf(error);
    const resource = descriptorOf(this.#collection, 'list');
    const { server } = this.#options.connection;
    return invalidResponse(`an object that cannot be processed: ${String(error)}`, server, resource, error);
  }
}

/** Counts consecutive failed rounds, each kind of failure separately. */
class Failures {
  #count = 0;
  #previous: RestartCause | null = null;

  /**
   * 0 if the next round begins at once: after a watch that was open long enough and ended as expected, and after an
   * expired version (410), which a new list fixes. A second 410 in a row is a failure.
   */
  after({ end: { cause, error }, openMs, isAtOnce }: Round): number {
    const previous = this.#previous;
    this.#previous = cause;
    if (isAtOnce) this.#count = 0;
    else if (openMs >= steadyMs) this.#count = Number(error !== null);
    else if (cause === 'expired' && previous !== 'expired') this.#count = 0;
    else this.#count = isAnswered(cause) === isAnswered(previous ?? cause) ? this.#count + 1 : 1;
    return this.#count;
  }
}

/** Whether the server answered: once it does, the length of the outage no longer matters. */
function isAnswered(cause: RestartCause): boolean {
  return cause !== 'unreachable' && cause !== 'silent';
}
