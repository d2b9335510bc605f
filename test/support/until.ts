import { setTimeout as delay } from 'node:timers/promises';

/**
 * How long a test waits for what ought to happen soon, in ms: where other suites have the processors, what takes a second
 * may take half a minute. Only a failing test waits that long.
 */
export const patienceMs = 90_000;

/** Waits until the condition holds; an error that says what was waited for once `deadlineMs` have passed. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = patienceMs,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${String(deadlineMs)} ms: ${what}`);
    await delay(5);
  }
}
