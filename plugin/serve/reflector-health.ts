import { watchEndCauses } from '../cluster/watch-end.ts';
import type { PluginError } from '../errors.ts';

/** Why a watch ended, or never came to be: besides those of any watch, because the slow safety resync was due. */
export const restartCauses = ['resync', ...watchEndCauses] as const;

export type RestartCause = (typeof restartCauses)[number];

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
