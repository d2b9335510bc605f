/** Exponential back-off: how long to wait between attempts that fail one after the other. */
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
