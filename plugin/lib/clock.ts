import { setTimeout as delay } from 'node:timers/promises';

/** Clock and randomness, injectable for tests. */
export interface Clock {
  /** Monotonic milliseconds, unaffected by changes of the system time. */
  readonly now: () => number;
  /** System time in milliseconds since the epoch. */
  readonly epochMs: () => number;
  /** Resolves after `ms`, or as soon as the signal is aborted; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  epochMs: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(ignoreAbort),
  random: Math.random,
};

function ignoreAbort(): void {
  // The caller checks the signal.
}

/** Whether the signal is aborted by now: TypeScript narrows `signal.aborted` itself across an `await`. */
export function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
