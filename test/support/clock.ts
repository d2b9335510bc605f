import type { Clock } from '../../plugin/lib/clock.ts';

/** A clock that stands still but while somebody sleeps, which takes no time. */
export interface TestClock extends Clock {
  /** Every pause so far, in milliseconds. */
  readonly pauses: readonly number[];
  readonly advance: (ms: number) => void;
}

/** Of everything left to chance, the middle comes. */
export function testClock(): TestClock {
  const pauses: number[] = [];
  let now = 1_000_000;
  return {
    pauses,
    now: () => now,
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
