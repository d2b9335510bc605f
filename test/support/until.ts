import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the condition holds; an error that says what was waited for once `deadlineMs` have passed. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${String(deadlineMs)} ms: ${what}`);
    await delay(5);
  }
}
