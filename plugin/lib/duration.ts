/** Milliseconds of each unit that a duration may have, the largest first. */
const units = { h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** The form of a duration such as `90s`, `10m` or `1h30m`; an empty text has it as well. */
export const durationForm = /^(\d+h)?(\d+m)?(\d+s)?$/;

/** Whether a text is a duration, as Go and Kubernetes write it. */
export function isDuration(text: string): boolean {
  return text !== '' && durationForm.test(text);
}

/** Milliseconds of a duration; its form is not checked. */
export function parseDurationMs(duration: string): number {
  return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}

/** Exponential back-off between attempts that fail one after the other. */
export interface Backoff {
  /** The pause after the first failure. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The pause after so many failures in a row: `baseMs`, doubled for each further failure, at most `maxMs`. `jitter` is
 * the share of it that is taken away, at least 0 and less than 1: draw it at random where many clients back off at once.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, jitter = 0): number {
  return Math.min(baseMs * 2 ** Math.max(0, failures - 1), maxMs) * (1 - jitter);
}
