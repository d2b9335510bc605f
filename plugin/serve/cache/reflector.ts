import type { Connection } from '../../cluster/http/connection.ts';
import { closed, endOf, invalidResponse } from '../../cluster/http/watch-errors.ts';
import type { WatchEnd } from '../../cluster/http/watch-errors.ts';
import { PluginError } from '../../lib/errors.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Collection } from './resources.ts';
import { askFor, listInto, watchInto } from './list-watch.ts';
import { healthRecord } from './reflector-health.ts';
import type { HealthRecord, ReflectorHealth, Restart, RestartCause } from './reflector-health.ts';
import type { WritableStore } from './store.ts';

/** Up to half of each pause is left out at random, so that the watches of a process do not all start at once. */
const backoff = { baseMs: 500, maxMs: 30_000 };
/** A watch that was open for so long worked: what ends it is no reason to wait longer than the first time. */
const steadyMs = 10_000;
/** An API server ends a watch after this, so that watches do not all end at once, nor stay with one server for ever. */
const watchSeconds = { least: 300, most: 600 };
/** After these a watch goes on where it was; after any other a new list is the safe answer. */
const resumable: ReadonlySet<RestartCause> = new Set<RestartCause>([
  'closed',
  'throttled',
  'unreachable',
  'silent',
  'unauthorized',
  'forbidden',
]);

export interface ReflectorOptions {
  readonly connection: Connection;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Between two safety resyncs, on average: each is up to a fifth sooner or later. */
  readonly resyncMs: number;
  /** See `WatchQuery`. */
  readonly silentMs: number;
  readonly onRestart: (restart: Restart) => void;
}

export interface Reflector {
  readonly health: () => ReflectorHealth;
  /** Settles after the signal. Never rejects. */
  readonly done: Promise<void>;
}

/** A list, where one was needed, and a watch. */
interface Round {
  readonly end: Omit<WatchEnd, 'cause'> & { readonly cause: RestartCause };
  /** Where the next one goes on; `null` where it has to list. */
  readonly from: string | null;
  /** How long the watch was open. */
  readonly openMs: number;
}

/** `null` lists first. */
type RunRound = (from: string | null) => Promise<Round>;

/**
 * Keeps a store as the collection is: lists it, watches it from there, and does so again whatever happens, until the
 * signal. Nothing is asked for in between but a list every `resyncMs`, in case that an event was lost.
 */
export function reflect<T>(collection: Collection<T>, store: WritableStore<T>, options: ReflectorOptions): Reflector {
  const health = healthRecord(options.clock);
  const round = roundsOf(collection, store, options, health);
  return { health: health.read, done: repeat(round, options, health) };
}

function roundsOf<T>(
  collection: Collection<T>,
  store: WritableStore<T>,
  { connection, signal, clock, resyncMs, silentMs }: ReflectorOptions,
  health: HealthRecord,
): RunRound {
  const subject = { connection, collection, store, signal };
  let resyncAt = 0;
  const list = async (): Promise<string> => {
    const from = await listInto(subject);
    resyncAt = clock.now() + resyncMs * (0.8 + 0.4 * clock.random());
    health.synced();
    return from;
  };
  const watch = async (from: string): Promise<Round> => {
    const timeoutSeconds = secondsUntil(resyncAt, clock);
    const { end, resourceVersion } = await watchInto(subject, {
      from,
      timeoutSeconds,
      silentMs,
      onOpen: health.opened,
    });
    const { watching, since } = health.read();
    const isDue = clock.now() >= resyncAt;
    return {
      end: isDue && end.cause === 'closed' ? { ...closed, cause: 'resync' } : end,
      from: isDue || !resumable.has(end.cause) ? null : resourceVersion,
      openMs: watching ? clock.now() - since : 0,
    };
  };
  return async (from) => {
    try {
      return await watch(from ?? (await list()));
    } catch (error) {
      return { end: endOfAny(error, connection.server, collection), from: null, openMs: 0 };
    }
  };
}

/** As chance has it, and no longer than until the resync is due: the API server keeps time for us. */
function secondsUntil(resyncAt: number, { now, random }: Clock): number {
  const { least, most } = watchSeconds;
  const untilResync = Math.ceil((resyncAt - now()) / 1000);
  return Math.max(1, Math.min(untilResync, Math.round(least + random() * (most - least))));
}

/** Never fatal: whatever a view or a listener could not bear, a later list may be without it. */
function endOfAny(error: unknown, server: URL, collection: Collection<unknown>): WatchEnd {
  if (error instanceof PluginError) return endOf(error);
  return invalidResponse(`what cannot be taken in: ${String(error)}`, server, askFor(collection, 'list'), error);
}

async function repeat(round: RunRound, options: ReflectorOptions, health: HealthRecord): Promise<void> {
  const { signal, clock, onRestart } = options;
  const isOver = (): boolean => signal.aborted;
  let from: string | null = null;
  let failures = 0;
  while (!isOver()) {
    const { end, from: next, openMs } = await round(from);
    if (isOver()) break;
    from = next;
    failures = openMs >= steadyMs ? Number(end.error !== null) : failures + 1;
    const delayMs = Math.max(end.retryAfterMs, failures === 0 ? 0 : backoffMs(failures, backoff, clock.random() / 2));
    health.ended(end.cause, end.error);
    onRestart({ cause: end.cause, error: end.error, delayMs });
    if (delayMs > 0) await clock.sleep(delayMs, signal);
  }
  health.stopped();
}
