import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { FairSlots } from '../fair-slots.ts';
import type { Get } from './anonymous-get.ts';
import { get } from './anonymous-get.ts';
import { ask, PrefixSearch } from './ask.ts';
import type { ProbeReason } from './probe-reasons.ts';
import { probeReason } from './probe-reasons.ts';
import type { ProbeRequest, ProbeResult } from './probe.ts';

/**
 * Concurrent requests: a backend that hangs occupies a slot until its timeout and must not delay the others. Each
 * response may have 64 KB: 512 of them took 295 MB.
 */
export const maxConcurrent = 256;

/** Reasons of an attempt that was cut short. */
const unended: ReadonlySet<string> = new Set<ProbeReason['reason']>(['ProbeTimeout', 'ProbeDeadline']);

export interface ProberOptions {
  /** Ends all probes. */
  readonly signal: AbortSignal;
  /** No probe starts later than this after the first one; without it, every probe gets its turn. */
  readonly startWithinMs?: number;
  /** How backends are asked, and how many at once; by default directly and 256. */
  readonly through?: { readonly get: Get; readonly maxConcurrent: number };
  readonly clock?: Clock;
}

/** Probes backends over HTTP, up to a maximum at a time; the namespaces take turns. */
export class HttpProber {
  readonly #signal: AbortSignal;
  readonly #startWithinMs: number;
  readonly #clock: Clock;
  readonly #slots: FairSlots;
  readonly #get: Get;
  #startedAt: number | null = null;

  constructor({
    signal,
    startWithinMs = Infinity,
    through = { get, maxConcurrent },
    clock = systemClock,
  }: ProberOptions) {
    this.#slots = new FairSlots(through.maxConcurrent);
    this.#get = through.get;
    this.#signal = signal;
    this.#startWithinMs = startWithinMs;
    this.#clock = clock;
  }

  async probe(request: ProbeRequest): Promise<ProbeResult> {
    const startedAt = (this.#startedAt ??= this.#clock.now());
    await this.#slots.acquire(request.namespace);
    const now = this.#clock.now();
    if (now - startedAt > this.#startWithinMs) {
      this.#slots.release();
      return { healthy: false, ...probeReason('NotProbed', { seconds: this.#startWithinMs / 1000 }) };
    }
    return this.#attempt(request, now + request.timeoutSeconds * 1000);
  }

  /**
   * Called with a slot. All attempts end at `endsAt`; a further attempt only takes a slot that no other backend is
   * waiting for.
   */
  async #attempt(request: ProbeRequest, endsAt: number): Promise<ProbeResult> {
    const pauseMs = request.intervalSeconds * 1000;
    const search = new PrefixSearch();
    let before: ProbeResult | null = null;
    for (let attempt = 1; ; attempt += 1) {
      const last = await this.#ask(request, search, endsAt - this.#clock.now());
      // An attempt that was cut short says less than the one before it.
      const result: ProbeResult = before && unended.has(last.reason) ? before : last;
      const isLast = attempt >= request.attempts || this.#clock.now() + pauseMs >= endsAt || this.#signal.aborted;
      if (result.healthy || isLast) return result;
      await this.#clock.sleep(pauseMs, this.#signal);
      if (!this.#slots.hasFree()) return result;
      before = result;
      await this.#slots.acquire(request.namespace);
    }
  }

  async #ask(request: ProbeRequest, search: PrefixSearch, ms: number): Promise<ProbeResult> {
    const attempt = AbortSignal.any([this.#signal, AbortSignal.timeout(Math.max(0, Math.ceil(ms)))]);
    try {
      return await ask(request, search, { attempt, run: this.#signal, get: this.#get });
    } finally {
      this.#slots.release();
    }
  }
}
