import { setTimeout as delay } from 'node:timers/promises';

/** Time and chance, which tests bring themselves. */
export interface Clock {
  /** Monotonic milliseconds: a change of the system's time does not matter. */
  readonly now: () => number;
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(ignoreAbort),
  random: Math.random,
};

function ignoreAbort(): void {
  // Whoever slept looks at the signal.
}
