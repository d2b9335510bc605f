/** `burst` requests at once, then `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Limits the rate of requests. All times are monotonic milliseconds. */
export interface TokenBucket {
  /** When the next request is allowed: `now`, or later. */
  readonly nextAt: (now: number) => number;
  /** Tokens left; negative after a request that cost more than there were. */
  readonly left: (now: number) => number;
  /** Takes `count` tokens; 1 by default. */
  readonly consume: (now: number, count?: number) => void;
}

/** A full bucket. */
export function tokenBucket({ burst, perSecond }: Rate): TokenBucket {
  let tokens = burst;
  let at = -Infinity;
  const tokensAt = (now: number): number =>
    at === -Infinity ? tokens : Math.min(burst, tokens + (Math.max(0, now - at) * perSecond) / 1000);
  return {
    left: tokensAt,
    nextAt: (now) => {
      const missing = 1 - tokensAt(now);
      return missing <= 0 ? now : now + (missing * 1000) / perSecond;
    },
    consume: (now, count = 1) => {
      tokens = Math.min(burst, tokensAt(now) - count);
      at = now;
    },
  };
}
