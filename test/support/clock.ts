import type { Clock } from '../../plugin/lib/clock.ts';

/** A clock that advances only by `sleep`, which returns at once, and by `advance`. */
export interface TestClock extends Clock {
  /** Every pause so far, in milliseconds. */
  readonly pauses: readonly number[];
  readonly advance: (ms: number) => void;
}

/** `random` always returns 0.5. */
export function testClock(): TestClock {
  const pauses: number[] = [];
  let now = 1_000_000;
  return {
    pauses,
    now: () => now,
    epochMs: () => now,
    random: () => 0.5,
    advance: (ms) => {
      now += ms;
    },
    sleep: (ms) => {
      pauses.push(ms);
      now += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}
