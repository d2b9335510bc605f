import type { Response } from 'express';
import { Problem } from '../problem.ts';
import { rates } from '../limits/rate-limit.ts';
import type { Reviews, User } from './token-reviews.ts';

/** Tokens that the API server does not know, of one address. */
const failureRate = { burst: 20, perSecond: 2 };

/** Whom a request is of, by its bearer token; throws the problem where that is nobody. */
export type Identify = (response: Response) => Promise<User>;

export function identifyBy(reviews: Reviews): Identify {
  const failures = rates(failureRate, 'failed attempts to authenticate');
  const asked = new Map<string, Promise<User | null>>();
  /** Each token counts until it has turned out well: those that are being looked at count too. */
  const ask = async (token: string, address: string): Promise<User | null> => {
    const known = reviews.known(token) ?? asked.get(token);
    if (known) return known;
    // Whoever shares an address with somebody who tries out tokens keeps the one that was good.
    const isCounted = !reviews.wasRecentlyValid(token);
    if (isCounted) failures.consume(address);
    const asking = reviews.userOf(token).finally(() => asked.delete(token));
    asked.set(token, asking);
    const user = await asking;
    if (isCounted && user !== null) failures.refund(address);
    return user;
  };
  return async ({ req: request }) => {
    const token = tokenOf(request.headers.authorization);
    const user = token === null ? null : await ask(token, request.socket.remoteAddress ?? '');
    if (user === null) throw unauthenticated(token);
    return user;
  };
}

export function tokenOf(authorization: string | undefined): string | null {
  return /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

function unauthenticated(token: string | null): Problem {
  const detail =
    token === null
      ? 'Send a token of the cluster as `Authorization: Bearer TOKEN`; kubectl create token makes one.'
      : 'The cluster does not know this token, or it has expired; kubectl create token makes one.';
  const error = token === null ? '' : ', error="invalid_token"';
  return new Problem('unauthenticated', detail, {
    headers: { 'www-authenticate': `Bearer realm="dynamic-toolset"${error}` },
  });
}
