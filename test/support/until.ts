import { setTimeout as delay } from 'node:timers/promises';

/**
 * How long a test waits for what ought to happen soon, in ms: where other suites have the processors, what takes a second
 * may take half a minute. Only a failing test waits that long.
 */
export const patienceMs = 90_000;

/** Pauses between two looks, in ms: what is not there at once is looked for less often, for each look takes a server's time. */
const shortestPauseMs = 5;
const longestPauseMs = 100;

/** Waits until the condition holds; an error that says what was waited for once `deadlineMs` have passed. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = patienceMs,
): Promise<void> {
  await untilSeen(holds, Boolean, () => `not within ${String(deadlineMs)} ms: ${what}`, deadlineMs);
}

/** Looks until it sees what it wants, and answers that; an error that `complain` words, of the last look, where it never does. */
export async function untilSeen<Seen>(
  look: () => Seen | Promise<Seen>,
  isWanted: (seen: Seen) => boolean,
  complain: (last: Seen) => string,
  deadlineMs = patienceMs,
): Promise<Seen> {
  const start = performance.now();
  for (;;) {
    const seen = await look();
    if (isWanted(seen)) return seen;
    const waitedMs = performance.now() - start;
    if (waitedMs > deadlineMs) throw new Error(complain(seen));
    await pauseAfter(waitedMs);
  }
}

/** A tenth of what was waited already. */
export async function pauseAfter(waitedMs: number): Promise<void> {
  await delay(Math.min(longestPauseMs, Math.max(shortestPauseMs, waitedMs / 10)));
}
