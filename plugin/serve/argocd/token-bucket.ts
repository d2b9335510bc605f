/** So many at once, so many each second from then on. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Holds back what comes too often. All times are monotonic milliseconds. */
export interface TokenBucket {
  /** When the next one may go: `now`, or later. */
  readonly nextAt: (now: number) => number;
  /** `count` is how many; one unless given. */
  readonly consume: (now: number, count?: number) => void;
}

/** Starts full. */
export function tokenBucket({ burst, perSecond }: Rate): TokenBucket {
  let tokens = burst;
  let at = -Infinity;
  const tokensAt = (now: number): number =>
    at === -Infinity ? tokens : Math.min(burst, tokens + (Math.max(0, now - at) * perSecond) / 1000);
  return {
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
