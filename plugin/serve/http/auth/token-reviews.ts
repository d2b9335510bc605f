import { createHash } from 'node:crypto';
import type { Connection } from '../../../cluster/http/connection.ts';
import { writer } from '../../../cluster/http/api-client.ts';
import type { ApiWriter } from '../../../cluster/http/api-client.ts';
import { review } from '../../../cluster/http/access-review.ts';
import { asObject, asString, asStrings } from '../../../lib/json.ts';
import type { Json } from '../../../lib/json.ts';
import { boundedCache, singleFlight } from '../state/lru.ts';

/** Whom a token belongs to, as the API server says. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Json;
}

/** The API server's word on who somebody is and what they may do. Both fail with CLUSTER_* where it gives none. */
export interface Reviews {
  /** What was answered about a token of late, where it was good. */
  readonly known: (token: string) => Promise<User | null> | undefined;
  /** Whether a token was good when it was last asked about, within the last hour. */
  readonly wasRecentlyValid: (token: string) => boolean;
  /** `null` for a token that is none, or none any more. */
  readonly userOf: (token: string) => Promise<User | null>;
  readonly mayUse: (user: User, verb: string, path: string) => Promise<boolean>;
}

/** A token that was revoked, or a right that was taken away, is good for no longer than this. */
const allowedMs = 5_000;
/** A right that was given is seen after this. */
const deniedMs = 2_000;
const timeoutMs = 5_000;
/** Answers that are kept at most, of each kind. */
const maxKept = 2_000;
/** A token that was good is no attempt to find one, for so long. */
const rememberedMs = 60 * 60_000;
/** API servers take no longer ones. */
const maxToken = 16 * 1024;

/** Asks by TokenReview and SubjectAccessReview, and keeps the answers briefly. No token is kept, only its hash. */
export function reviewsBy(connection: Connection, signal: AbortSignal): Reviews {
  const write = writer(connection, signal);
  const users = ttlCache<User | null>((user) => user !== null);
  const rights = ttlCache<boolean>((allowed) => allowed);
  /** When each was last good. */
  const good = boundedCache<string, number>(maxKept);
  return {
    known: (token) => users.known(hash(token)),
    wasRecentlyValid: (token) => (good.peek(hash(token)) ?? -Infinity) > performance.now() - rememberedMs,
    userOf: async (token) => {
      if (token.length > maxToken) return null;
      const id = hash(token);
      const user = await users.ask(id, () => reviewToken(write, token));
      if (user === null) good.drop(id);
      else good.set(id, 0, performance.now(), 1);
      return user;
    },
    mayUse: (user, verb, path) => {
      const key = hash(JSON.stringify([user, verb, path]));
      return rights.ask(key, () => reviewAccess(write, user, { verb, path }));
    },
  };
}

interface TtlCache<T> {
  /** What was allowed of late. */
  readonly known: (key: string) => Promise<T> | undefined;
  readonly ask: (key: string, ask: () => Promise<T>) => Promise<T>;
}

/** What was allowed is kept apart from what was not: whoever tries out tokens displaces nobody's. */
function ttlCache<T>(isAllowed: (answer: T) => boolean): TtlCache<T> {
  const allowed = boundedCache<string, Promise<T>>(maxKept);
  const denied = boundedCache<string, Promise<T>>(maxKept);
  const age = (ms: number): number => Math.floor(performance.now() / ms);
  const known = (key: string): Promise<T> | undefined => allowed.get(key, age(allowedMs));
  return {
    known,
    ask: async (key, ask) => {
      const cached = known(key);
      if (cached) return cached;
      const answer = await singleFlight(denied, { key, version: age(deniedMs) }, ask, () => 1);
      if (isAllowed(answer)) {
        denied.drop(key);
        allowed.set(key, age(allowedMs), Promise.resolve(answer), 1);
      }
      return answer;
    },
  };
}

async function reviewToken(write: ApiWriter, token: string): Promise<User | null> {
  const { authenticated, user } = await review(write, 'TokenReview', { token }, timeoutMs);
  if (authenticated !== true) return null;
  const { username, uid, groups, extra } = asObject(user);
  return { name: asString(username), uid: asString(uid), groups: asStrings(groups), extra: asObject(extra) };
}

async function reviewAccess(
  write: ApiWriter,
  { name, uid, groups, extra }: User,
  nonResourceAttributes: { readonly verb: string; readonly path: string },
): Promise<boolean> {
  const spec = { user: name, uid, groups, extra, nonResourceAttributes };
  const { allowed } = await review(write, 'SubjectAccessReview', spec, timeoutMs);
  return allowed === true;
}

/** Stands for a token, which nobody can tell from it. */
export function hash(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
