import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';

export interface IdleTimeoutOptions {
  /** Longest time without a byte. */
  readonly idleMs: number;
  /** Longest time in all. */
  readonly totalMs: number;
  /** Also ends the response. */
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
}

/** Idle and total timeout of a streaming response. Runs from construction until `clear`. */
export class IdleTimeout {
  /** Aborted by the signal passed in, or by either timeout. */
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #expired = new AbortController();
  readonly #cleared = new AbortController();
  #expiredBy: 'idle' | 'total' | null = null;
  #lastByteAt: number;

  constructor({ idleMs, totalMs, signal, clock = systemClock }: IdleTimeoutOptions) {
    this.#clock = clock;
    this.#lastByteAt = clock.now();
    this.signal = AbortSignal.any([signal, this.#expired.signal]);
    void this.#expireWhenIdle(idleMs);
    void this.#expireAfter(totalMs);
  }

  /** Which timeout ended the response; `null` while it lasts, or if the signal ended it. */
  get expiredBy(): 'idle' | 'total' | null {
    return this.#expiredBy;
  }

  /** Bytes arrived: restarts the idle timeout. */
  resetIdleTimer(): void {
    this.#lastByteAt = this.#clock.now();
  }

  /** Stops both timeouts. */
  clear(): void {
    this.#cleared.abort();
  }

  async #expireWhenIdle(idleMs: number): Promise<void> {
    for (;;) {
      const remainingMs = this.#lastByteAt + idleMs - this.#clock.now();
      if (remainingMs <= 0) break;
      await this.#clock.sleep(remainingMs, this.#cleared.signal);
      if (this.#cleared.signal.aborted) return;
    }
    this.#expire('idle');
  }

  async #expireAfter(totalMs: number): Promise<void> {
    await this.#clock.sleep(totalMs, this.#cleared.signal);
    this.#expire('total');
  }

  #expire(by: 'idle' | 'total'): void {
    if (this.#cleared.signal.aborted) return;
    this.#expiredBy ??= by;
    this.#expired.abort();
  }
}
