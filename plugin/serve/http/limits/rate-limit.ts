import { tokenBucket } from '../../argocd/token-bucket.ts';
import type { Rate, TokenBucket } from '../../argocd/token-bucket.ts';
import { Problem, retryAfter } from '../problem.ts';

/** Holds back clients that ask too often, each by itself. */
export interface RateLimit {
  /** Takes one of the client's tokens, or more where it costs more; throws the problem where there is none. */
  readonly consume: (client: string, count?: number) => void;
  /** Gives one back that was taken for nothing. */
  readonly refund: (client: string) => void;
}

/** Clients that are remembered at most: those not heard of for the longest time are forgotten first. */
const maxClients = 10_000;

export function rates(rate: Rate, what: string, now: () => number = () => performance.now()): RateLimit {
  const buckets = new Map<string, TokenBucket>();
  const bucketOf = (client: string): TokenBucket => {
    const bucket = buckets.get(client) ?? tokenBucket(rate);
    buckets.delete(client);
    buckets.set(client, bucket);
    if (buckets.size > maxClients) buckets.delete(buckets.keys().next().value ?? '');
    return bucket;
  };
  const consume = (client: string, count = 1): void => {
    const bucket = bucketOf(client);
    const waitMs = bucket.nextAt(now()) - now();
    if (waitMs <= 0) {
      bucket.consume(now(), count);
      return;
    }
    const limit = `${String(rate.perSecond)} a second, ${String(rate.burst)} at once`;
    const inTime = retryAfter(Math.ceil(waitMs / 1000));
    throw new Problem('too-many-requests', `This client had its ${what}: ${limit}.`, inTime);
  };
  return {
    consume,
    refund: (client) => {
      bucketOf(client).consume(now(), -1);
    },
  };
}
