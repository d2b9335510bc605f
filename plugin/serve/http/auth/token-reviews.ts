import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ApiWriter } from '../../../cluster/http/api-client.ts';
import { review } from '../../../cluster/http/access-review.ts';
import type { Clock } from '../../../lib/clock.ts';
import { asObject, asString, asStrings } from '../../../lib/json.ts';
import type { Json } from '../../../lib/json.ts';
import { singleFlight } from '../state/single-flight.ts';
import type { Computation } from '../state/single-flight.ts';

/** The user of a token, according to the API server. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Json;
}

/** Authentication and authorization by the API server; `userOf` and `isAllowed` fail with CLUSTER_*. */
export interface Reviews {
  /** The user of a token whose positive review is still cached. */
  readonly validUserOf: (token: string) => User | undefined;
  /** Whether the last review of a token, within the last hour, was positive. */
  readonly wasRecentlyValid: (token: string) => boolean;
  /** `null` for an invalid, expired or revoked token. */
  readonly userOf: (token: string) => Promise<User | null>;
  readonly isAllowed: (user: User, verb: string, path: string) => Promise<boolean>;
}

/** Lifetime of a positive review: a revoked token or right stays usable for this long. */
const allowedTtlMs = 5_000;
/** Lifetime of a negative review: a new right takes effect after this time. */
const deniedTtlMs = 2_000;
/** How long a valid token does not count as a guess. */
const recentlyValidTtlMs = 60 * 60_000;
const timeoutMs = 5_000;
/** Cached reviews of each kind. */
const maxEntries = 2_000;
/** In characters; API servers accept no longer tokens. */
const maxTokenLength = 16 * 1024;

/** Sends TokenReviews and SubjectAccessReviews, and caches the results by hash: no token is kept. */
export class ApiServerReviews implements Reviews {
  readonly #write: ApiWriter;
  readonly #users: ReviewCache<User>;
  readonly #rights: ReviewCache<true>;
  readonly #recentlyValid: LRUCache<string, true>;

  constructor(write: ApiWriter, clock: Pick<Clock, 'now'>) {
    this.#write = write;
    this.#users = new ReviewCache(clock);
    this.#rights = new ReviewCache(clock);
    this.#recentlyValid = new LRUCache({ max: maxEntries, ttl: recentlyValidTtlMs, ttlResolution: 0, perf: clock });
  }

  validUserOf(token: string): User | undefined {
    return this.#users.allowed(hash(token));
  }

  wasRecentlyValid(token: string): boolean {
    return this.#recentlyValid.has(hash(token));
  }

  async userOf(token: string): Promise<User | null> {
    if (token.length > maxTokenLength) return null;
    const id = hash(token);
    const user = await this.#users.get(id, () => reviewToken(this.#write, token));
    if (user === null) this.#recentlyValid.delete(id);
    else this.#recentlyValid.set(id, true);
    return user;
  }

  async isAllowed(user: User, verb: string, path: string): Promise<boolean> {
    const key = hash(JSON.stringify([user, verb, path]));
    return (await this.#rights.get(key, () => reviewAccess(this.#write, user, { verb, path }))) !== null;
  }
}

/** Separate caches for positive and negative reviews: guessed tokens cannot displace valid ones. */
class ReviewCache<T extends User | true> {
  readonly #allowed: LRUCache<string, T>;
  readonly #denied: LRUCache<string, Computation<T | null>>;

  constructor(clock: Pick<Clock, 'now'>) {
    // A resolution of 0 makes lru-cache ask `perf` for the time at each access, so that an entry lives exactly its TTL.
    const options = { ttlResolution: 0, perf: clock };
    this.#allowed = new LRUCache({ ...options, max: maxEntries, ttl: allowedTtlMs });
    this.#denied = new LRUCache({ ...options, maxSize: maxEntries, ttl: deniedTtlMs });
  }

  allowed(key: string): T | undefined {
    return this.#allowed.get(key);
  }

  async get(key: string, send: () => Promise<T | null>): Promise<T | null> {
    const cached = this.#allowed.get(key);
    if (cached !== undefined) return cached;
    const result = await singleFlight(this.#denied, { key, version: 0 }, send, () => 1);
    if (result === null) return null;
    this.#denied.delete(key);
    this.#allowed.set(key, result);
    return result;
  }
}

async function reviewToken(write: ApiWriter, token: string): Promise<User | null> {
  const { authenticated, user } = await review(write, 'TokenReview', { token }, { timeoutMs });
  if (authenticated !== true) return null;
  const { username, uid, groups, extra } = asObject(user);
  return { name: asString(username), uid: asString(uid), groups: asStrings(groups), extra: asObject(extra) };
}

async function reviewAccess(
  write: ApiWriter,
  { name, uid, groups, extra }: User,
  nonResourceAttributes: { readonly verb: string; readonly path: string },
): Promise<true | null> {
  const spec = { user: name, uid, groups, extra, nonResourceAttributes };
  const { allowed } = await review(write, 'SubjectAccessReview', spec, { timeoutMs });
  return allowed === true ? true : null;
}

/** Identifies a token without revealing it. */
export function hash(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
