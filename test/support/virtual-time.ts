import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

/** Time that passes only when a test says so: timers, `Date` and `performance.now`. */
export interface VirtualTime {
  /** Lets time pass, and everything happen that happens meanwhile. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the system's clock, which no timer and no monotonic clock notices. */
  readonly setClock: (ms: number) => void;
  /** Time that a computation takes: the monotonic clock goes on, and no timer fires meanwhile. */
  readonly spend: (ms: number) => void;
  /** Gives the real time back. */
  readonly end: () => void;
}

/** The time of each test of a `describe`. */
export interface VirtualTimeOfEach extends Omit<VirtualTime, 'end'> {
  /** Called after the test, before the real time is back. */
  readonly atEnd: (end: () => void) => void;
}

/** Called in a `describe`: each of its tests begins with a time of its own, and the real time is back after it. */
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

/** What happens within a step happens at its end; each costs as much as another, however long it is. */
function stepOf(ms: number): number {
  if (ms > 3_600_000) return 5_000;
  return ms > 60_000 ? 250 : 25;
}

/** Where the clock stands at the beginning. */
export const beginning = Date.parse('2026-01-01T00:00:00Z');

export function startVirtualTime(): VirtualTime {
  let now = 1_000_000;
  // One of its own for each test: clearing a timer that has fired already breaks the queue of a MockTimers for good.
  const timers = new (mock.timers.constructor as new () => typeof mock.timers)();
  timers.enable({ apis: ['setTimeout', 'Date'], now: beginning });
  const monotonic = mock.method(performance, 'now', () => now);
  // What was imported by its name is the mocked one as well.
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

/** Everything that was to happen at once has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await turn();
}
