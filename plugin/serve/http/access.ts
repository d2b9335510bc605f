import type { RequestHandler, Response } from 'express';
import { Problem } from './problem.ts';
import { rates } from './rates.ts';
import type { Reviews, User } from './reviews.ts';
import { slots } from './slots.ts';

/** Who may do what. */
export interface Access {
  /** Lets a request pass whose bearer token allows its method on its path. */
  readonly authorize: RequestHandler;
  /** Whether the client of an answer that goes on may still have it. */
  readonly mayStay: (response: Response) => Promise<boolean>;
}

/** Of one user, whatever the number of connections. */
const requestRate = { burst: 1_000, perSecond: 200 };
/** The same of those with a body, which cost more. */
const bodyRate = { burst: 200, perSecond: 20 };
/** Those that go on at once, bodies of up to 1 MiB in memory. */
const bodySlots = { ofOne: 4, ofAll: 16 };
/** Tokens that the API server does not know, of one address. */
const failureRate = { burst: 20, perSecond: 2 };

/** Access as RBAC grants it: a rule with `nonResourceURLs` and the verb `get` or `post`. */
export function accessBy(reviews: Reviews): Access {
  const requests = rates(requestRate, 'requests');
  const bodies = rates(bodyRate, 'requests with a body');
  const failures = rates(failureRate, 'failed attempts to authenticate');
  const sending = slots(bodySlots, 'requests with a body');
  const identify = async ({ req: request }: Response): Promise<User> => {
    const address = request.socket.remoteAddress ?? '';
    const token = tokenOf(request.headers.authorization);
    const user = token === null ? null : await known(token, address);
    if (user !== null) return user;
    if (token !== null) failures.take(address);
    throw unauthenticated(token);
  };
  const known = async (token: string, address: string): ReturnType<Reviews['userOf']> => {
    const cached = reviews.known(token);
    if (cached) return cached;
    failures.assertAny(address);
    return reviews.userOf(token);
  };
  const assertAllowed = async ({ req: request }: Response, user: User): Promise<void> => {
    const verb = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
    const path = urlInRules(request.path);
    if (!(await reviews.mayUse(user, verb, path))) throw forbidden(user.name, verb, path);
  };
  return {
    authorize: async (request, response, next) => {
      const user = await identify(response);
      requests.take(user.name);
      if (request.method === 'POST') {
        bodies.take(user.name);
        response.once('close', sending.take(user.name));
      }
      await assertAllowed(response, user);
      next();
    },
    mayStay: async (response) => {
      try {
        await assertAllowed(response, await identify(response));
        return true;
      } catch {
        // Where nobody can tell, it may not.
        return false;
      }
    },
  };
}

/**
 * How rules name a path. Every cluster lets whoever has a token `get` /api/* for the discovery of its own API: rights
 * to this one have to be of another name. /metrics is what Prometheus is given everywhere.
 */
function urlInRules(path: string): string {
  return path === '/metrics' ? path : `/dynamic-toolset${path}`;
}

function tokenOf(authorization: string | undefined): string | null {
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

/** Names the missing permission as the rule that grants it. */
function forbidden(user: string, verb: string, path: string): Problem {
  const rule = `{nonResourceURLs: [${JSON.stringify(path)}], verbs: ["${verb}"]}`;
  return new Problem('forbidden', `Add to a ClusterRole that is bound to ${JSON.stringify(user)}: ${rule}`, {
    headers: { 'www-authenticate': 'Bearer realm="dynamic-toolset", error="insufficient_scope"' },
  });
}
