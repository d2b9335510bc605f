import { setTimeout as delay } from 'node:timers/promises';

/**
 * How long a test waits for something that should happen soon, in ms: while other suites use the processors, one second
 * may become half a minute. Only a failing test waits this long.
 */
export const patienceMs = 90_000;

/** Pauses between two checks, in ms: they grow, since each check takes a server's time. */
const shortestPauseMs = 5;
const longestPauseMs = 100;

/** Waits until the condition holds; after `deadlineMs`, throws an error that says what was awaited. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = patienceMs,
): Promise<void> {
  await untilSeen(holds, Boolean, () => `not within ${String(deadlineMs)} ms: ${what}`, deadlineMs);
}

/**
 * Polls until the wanted result appears, and returns it; if it never does, throws an error worded by `complain` about
 * the last one.
 */
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

/** Pauses for a tenth of the time waited so far. */
export async function pauseAfter(waitedMs: number): Promise<void> {
  await delay(Math.min(longestPauseMs, Math.max(shortestPauseMs, waitedMs / 10)));
}
