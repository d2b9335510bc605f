import type { PluginError } from '../errors.ts';

/** Why a watch ended, or never came to be. */
export const restartCauses = [
  /** As it should: the API server ends each watch after some minutes. */
  'closed',
  /** The slow safety resync was due. */
  'resync',
  /** The API server no longer knows what happened since (410): a new list. */
  'expired',
  /** 429, or 503 with a time to wait. */
  'throttled',
  /** Another status, or an error event. */
  'failed',
  /** No connection, or it broke. */
  'unreachable',
  /** An open connection on which nothing was heard any more. */
  'silent',
  /** Something that no API server sends, such as HTML, or half an event. */
  'invalid',
  /** 401. */
  'unauthorized',
  /** 403. */
  'forbidden',
  /** 404: the API server does not serve this collection. */
  'missing',
] as const;

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
