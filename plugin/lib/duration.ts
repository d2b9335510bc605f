/** Milliseconds of each unit of a duration, largest first. */
const units = { h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** Form of a duration such as `90s`, `10m` or `1h30m`; also matches an empty text. */
export const durationForm = /^(\d+h)?(\d+m)?(\d+s)?$/;

/** Whether a text is a duration in the form of Go and Kubernetes. */
export function isDuration(text: string): boolean {
  return text !== '' && durationForm.test(text);
}

/** A duration in milliseconds; its form is not checked. */
export function parseDurationMs(duration: string): number {
  return [...duration.matchAll(/(?<!\d)(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}

/** Exponential back-off between consecutive failures. */
export interface Backoff {
  /** Pause after the first failure. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * The pause after this many consecutive failures: `baseMs`, doubled for each further failure, at most `maxMs`. `jitter`
 * is the share to subtract, at least 0 and less than 1: random where many clients back off at once.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, jitter = 0): number {
  return Math.min(baseMs * 2 ** Math.max(0, failures - 1), maxMs) * (1 - jitter);
}
