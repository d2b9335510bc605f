import { watchEndCauses } from '../../cluster/watch/watch-errors.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import type { PluginError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';

/**
 * Why a watch ended or could not be opened: a cause of any watch, a list that was due, or a list of more than was kept
 * before.
 */
export const restartCauses = ['resync', 'widened', ...watchEndCauses] as const;

export type RestartCause = (typeof restartCauses)[number];

/** Causes that are not failures. */
export const expectedRestarts: readonly RestartCause[] = ['closed', 'resync', 'widened'];

/** State of one reflector. */
export interface ReflectorHealth {
  /** Whether the collection has been listed completely at least once: the store is complete as of then or later. */
  readonly synced: boolean;
  /** Whether a watch is open now. */
  readonly watching: boolean;
  /** When `watching` last changed, in monotonic milliseconds (`Clock.now`). */
  readonly since: number;
  /** Message and hint of the last failed attempt; `null` after a successful one. */
  readonly lastError: string | null;
  /** Its error code. */
  readonly lastCode: ErrorCode | null;
  /** Whether the collection was refused (403), and no list or watch has succeeded since. */
  readonly refused: boolean;
  readonly restarts: Readonly<Record<RestartCause, number>>;
}

/** The end of a watch or list, reported before the pause until the next one. */
export interface Restart {
  readonly cause: RestartCause;
  /** `null` after an expected end. */
  readonly error: PluginError | null;
  readonly delayMs: number;
}

/** Tracks the health of one reflector: at first not synced and not watching. */
export class HealthRecord {
  readonly #now: () => number;
  readonly #onChange: (() => void) | undefined;
  #health: ReflectorHealth;

  /** `onChange` is called after each change. */
  constructor({ now }: Pick<Clock, 'now'>, onChange?: () => void) {
    this.#now = now;
    this.#onChange = onChange;
    const restarts = Object.fromEntries(restartCauses.map((cause) => [cause, 0])) as Record<RestartCause, number>;
    const noError = { lastError: null, lastCode: null, refused: false };
    this.#health = { synced: false, watching: false, since: now(), ...noError, restarts };
  }

  read(): ReflectorHealth {
    return this.#health;
  }

  synced(): void {
    this.#health = { ...this.#health, synced: true, refused: false };
    this.#onChange?.();
  }

  opened(): void {
    this.#setWatching(true);
    this.#health = { ...this.#health, lastError: null, lastCode: null, refused: false };
    this.#onChange?.();
  }

  ended(cause: RestartCause, error: PluginError | null): void {
    this.#setWatching(false);
    const { restarts, refused } = this.#health;
    this.#health = {
      ...this.#health,
      restarts: { ...restarts, [cause]: restarts[cause] + 1 },
      lastError: error && `${error.message}; ${error.hint}`,
      lastCode: error?.code ?? null,
      refused: refused || error?.code === 'CLUSTER_FORBIDDEN',
    };
    this.#onChange?.();
  }

  stopped(): void {
    this.#setWatching(false);
  }

  #setWatching(watching: boolean): void {
    if (this.#health.watching !== watching) this.#health = { ...this.#health, watching, since: this.#now() };
  }
}

/**
 * Combined health of several reflectors: each field has the worst value, restarts add up. Healthy if there are none.
 */
export function worstOf(several: readonly ReflectorHealth[]): ReflectorHealth {
  const bad = several.filter(({ synced, watching }) => !synced || !watching);
  const failed = several.find(({ lastError }) => lastError !== null);
  const restarts = restartCauses.map((cause) => [cause, several.reduce((sum, one) => sum + one.restarts[cause], 0)]);
  return {
    synced: several.every(({ synced }) => synced),
    watching: several.every(({ watching }) => watching),
    since:
      bad.length > 0 ? Math.min(...bad.map(({ since }) => since)) : Math.max(0, ...several.map(({ since }) => since)),
    lastError: failed?.lastError ?? null,
    lastCode: failed?.lastCode ?? null,
    refused: several.some(({ refused }) => refused),
    restarts: Object.fromEntries(restarts) as Record<RestartCause, number>,
  };
}
