import { watchEndCauses } from '../../cluster/http/watch-errors.ts';
import type { PluginError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';

/** Why a watch ended, or never came to be: besides those of any watch, because the slow safety resync was due. */
export const restartCauses = ['resync', ...watchEndCauses] as const;

export type RestartCause = (typeof restartCauses)[number];

/** Causes that are as it should be. */
export const expectedRestarts: readonly RestartCause[] = ['closed', 'resync'];

/** How one collection is being followed. */
export interface ReflectorHealth {
  /** It was listed whole at least once: the store can be relied on, as of then or later. */
  readonly synced: boolean;
  /** A watch is open now. */
  readonly watching: boolean;
  /** Since when `watching` has been what it is, in monotonic milliseconds (`Clock.now`). */
  readonly since: number;
  /** What the last attempt failed of, with its remedy; `null` since one worked. */
  readonly lastError: string | null;
  readonly restarts: Readonly<Record<RestartCause, number>>;
}

/** Told each time that a watch or list has ended, before the pause until the next one. */
export interface Restart {
  readonly cause: RestartCause;
  /** `null` where nothing is wrong. */
  readonly error: PluginError | null;
  readonly delayMs: number;
}

/** Keeps one. */
export interface HealthRecord {
  readonly read: () => ReflectorHealth;
  readonly synced: () => void;
  readonly opened: () => void;
  readonly ended: (cause: RestartCause, error: PluginError | null) => void;
  readonly stopped: () => void;
}

/** Not synced, not watching, since now. */
export function healthRecord({ now }: Pick<Clock, 'now'>): HealthRecord {
  const none = Object.fromEntries(restartCauses.map((cause) => [cause, 0])) as Record<RestartCause, number>;
  let health: ReflectorHealth = { synced: false, watching: false, since: now(), lastError: null, restarts: none };
  const watching = (is: boolean): void => {
    if (health.watching !== is) health = { ...health, watching: is, since: now() };
  };
  return {
    read: () => health,
    synced: () => {
      health = { ...health, synced: true };
    },
    opened: () => {
      watching(true);
      health = { ...health, lastError: null };
    },
    ended: (cause, error) => {
      watching(false);
      const restarts = { ...health.restarts, [cause]: health.restarts[cause] + 1 };
      health = { ...health, restarts, lastError: error && `${error.message}; ${error.hint}` };
    },
    stopped: () => {
      watching(false);
    },
  };
}

/** The worst of several counts; restarts add up. Of nothing, all is well. */
export function worstOf(several: readonly ReflectorHealth[]): ReflectorHealth {
  const bad = several.filter(({ synced, watching }) => !synced || !watching);
  const restarts = restartCauses.map((cause) => [cause, several.reduce((sum, one) => sum + one.restarts[cause], 0)]);
  return {
    synced: several.every(({ synced }) => synced),
    watching: several.every(({ watching }) => watching),
    since:
      bad.length > 0 ? Math.min(...bad.map(({ since }) => since)) : Math.max(0, ...several.map(({ since }) => since)),
    lastError: several.find(({ lastError }) => lastError !== null)?.lastError ?? null,
    restarts: Object.fromEntries(restarts) as Record<RestartCause, number>,
  };
}
