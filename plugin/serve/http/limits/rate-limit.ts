import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../lib/clock.ts';
import { tokenBucket } from '../../timing/token-bucket.ts';
import type { Rate, TokenBucket } from '../../timing/token-bucket.ts';
import { problemFor } from '../problem-details.ts';

/** Limits invalid credentials per address. */
export function failedAuthentications(clock: Pick<Clock, 'now'>): RateLimit {
  return new RateLimit({ burst: 20, perSecond: 2 }, 'failed authentications', clock);
}

/** Clients with a bucket; the least recently seen one is forgotten first. */
const maxClients = 10_000;

/** A token bucket per client. */
export class RateLimit {
  readonly #rate: Rate;
  /** What is counted, in the plural. */
  readonly #what: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: maxClients });

  constructor(rate: Rate, what: string, clock: Pick<Clock, 'now'>) {
    this.#rate = rate;
    this.#what = what;
    this.#clock = clock;
  }

  /** Values of the headers `RateLimit-Policy`, the limit, and `RateLimit`, what the client has left of it. */
  headersFor(client: string): { readonly policy: string; readonly state: string } {
    const { burst, perSecond } = this.#rate;
    const left = this.#bucketOf(client).left(this.#clock.now());
    const name = `"${this.#what.replaceAll(' ', '-')}"`;
    const full = Math.ceil((burst - left) / perSecond);
    return {
      policy: `${name};q=${String(burst)};w=${String(Math.ceil(burst / perSecond))}`,
      state: `${name};r=${String(Math.max(0, Math.floor(left)))};t=${String(full)}`,
    };
  }

  /** Takes `count` of the client's tokens; throws the HTTP problem if none is left. */
  consume(client: string, count = 1): void {
    const bucket = this.#bucketOf(client);
    const now = this.#clock.now();
    const waitMs = bucket.nextAt(now) - now;
    if (waitMs > 0) {
      const { perSecond, burst } = this.#rate;
      throw problemFor.rateLimited(this.#what, perSecond, burst, Math.ceil(waitMs / 1000));
    }
    bucket.consume(now, count);
  }

  /** Returns one token to the client. */
  refund(client: string): void {
    this.#bucketOf(client).consume(this.#clock.now(), -1);
  }

  #bucketOf(client: string): TokenBucket {
    const known = this.#buckets.get(client);
    if (known) return known;
    const bucket = tokenBucket(this.#rate);
    this.#buckets.set(client, bucket);
    return bucket;
  }
}
