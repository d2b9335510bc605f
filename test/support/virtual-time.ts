import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

/** Time that passes only when a test says so: timers, `Date` and `performance.now`. */
export interface VirtualTime {
  /** Lets time pass, with everything due in it. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the system clock, which affects no timer and no monotonic clock. */
  readonly setClock: (ms: number) => void;
  /** Time taken by a computation: the monotonic clock advances without firing timers. */
  readonly spend: (ms: number) => void;
  /** Restores real time. */
  readonly end: () => void;
}

/** Virtual time for each test of a `describe`. */
export interface VirtualTimeOfEach extends Omit<VirtualTime, 'end'> {
  /** Called after the test, before real time is restored. */
  readonly atEnd: (end: () => void) => void;
}

/**
 * For use in a `describe`: each of its tests starts with its own virtual time, and real time is restored afterwards.
 */
export function virtualTimeOfEach(): VirtualTimeOfEach {
  let time: VirtualTime | undefined;
  const ends: (() => void)[] = [];
  beforeEach(() => {
    time = startVirtualTime();
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
    time?.end();
  });
  return {
    advance: (ms) => time!.advance(ms),
    setClock: (ms) => {
      time!.setClock(ms);
    },
    spend: (ms) => {
      time!.spend(ms);
    },
    atEnd: (end) => {
      ends.push(end);
    },
  };
}

/** Events within a step happen at its end; every step costs the same, however long it is. */
function stepOf(ms: number): number {
  if (ms > 3_600_000) return 5_000;
  return ms > 60_000 ? 250 : 25;
}

/** The clock's initial time. */
export const beginning = Date.parse('2026-01-01T00:00:00Z');

export function startVirtualTime(): VirtualTime {
  let now = 1_000_000;
  // A new one for each test: clearing a timer that has already fired breaks the queue of a MockTimers for good.
  const timers = new (mock.timers.constructor as new () => typeof mock.timers)();
  timers.enable({ apis: ['setTimeout', 'Date'], now: beginning });
  const monotonic = mock.method(performance, 'now', () => now);
  // Also mocks functions imported by name.
  syncBuiltinESMExports();
  return {
    advance: async (ms) => {
      await settled();
      const most = stepOf(ms);
      for (let left = ms; left > 0; left -= most) {
        const step = Math.min(left, most);
        now += step;
        timers.tick(step);
        await settled();
      }
    },
    setClock: (ms) => {
      timers.setTime(ms);
    },
    spend: (ms) => {
      now += ms;
    },
    end: () => {
      timers.reset();
      monotonic.mock.restore();
      syncBuiltinESMExports();
    },
  };
}

/** Settles once everything due immediately has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await turn();
}
