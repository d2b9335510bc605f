import type { RequestHandler, Response } from 'express';
import { PluginError } from '../../../lib/errors.ts';
import { boundedCache } from '../state/lru.ts';
import { identifyBy, tokenOf } from './authenticate.ts';
import { assertClientConnected, Problem } from '../problem.ts';
import { rates } from '../limits/rate-limit.ts';
import { hash } from './token-reviews.ts';
import type { Reviews, User } from './token-reviews.ts';
import { slots } from '../limits/concurrency-limit.ts';

/** Who may do what. */
export interface Authorizer {
  /** Lets a request pass whose bearer token allows its method on its path. It counts for `cost` requests. */
  readonly authorize: (cost: number) => RequestHandler;
  /**
   * The same for metrics, which whoever could read them still can where the API server does not answer: somebody has to
   * hear of just that.
   */
  readonly authorizeScraper: RequestHandler;
  /** Whether the client of an answer that goes on may still have it. */
  readonly isStillAuthorized: (response: Response) => Promise<boolean>;
}

/** Of one user, whatever the number of connections. */
const requestRate = { burst: 1_000, perSecond: 200 };
/** The same of those with a body, which cost more. */
const bodyRate = { burst: 200, perSecond: 20 };
/** Those that go on at once, bodies of up to 1 MiB in memory. */
const bodySlots = { ofOne: 4, ofAll: 16 };

/** Tokens that may read metrics and are remembered: they rotate. */
const maxScrapers = 100;

/** Access as RBAC grants it: a rule with `nonResourceURLs` and the verb `get` or `post`. */
export function accessBy(reviews: Reviews): Authorizer {
  const requests = rates(requestRate, 'requests');
  const bodies = rates(bodyRate, 'requests with a body');
  const sending = slots(bodySlots, 'requests with a body on their way');
  const identify = identifyBy(reviews);
  const scrapers = boundedCache<string, true>(maxScrapers);

  const assertAllowed = async ({ req: request }: Response, user: User): Promise<void> => {
    const verb = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
    const path = urlInRules(request.path);
    if (!(await reviews.mayUse(user, verb, path))) throw forbidden(user.name, verb, path);
  };
  const authorize = async (response: Response, cost: number): Promise<void> => {
    const user = await identify(response);
    assertClientConnected(response);
    account.set(response, user.name);
    requests.consume(user.name, cost);
    if (response.req.method === 'POST') {
      bodies.consume(user.name);
      response.once('close', sending.acquire(user.name));
    }
    await assertAllowed(response, user);
    assertClientConnected(response);
  };
  return {
    authorize: (cost) => async (_request, response, next) => {
      await authorize(response, cost);
      next();
    },
    authorizeScraper: async (request, response, next) => {
      const id = hash(tokenOf(request.headers.authorization) ?? '');
      try {
        await authorize(response, 1);
        scrapers.set(id, 0, true, 1);
      } catch (error) {
        if (!(error instanceof PluginError && scrapers.peek(id))) {
          scrapers.drop(id);
          throw error;
        }
      }
      next();
    },
    isStillAuthorized: async (response) => {
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

const account = new WeakMap<Response, string>();

/** Whom a request that was authorized is of. */
export function accountOf(response: Response): string {
  return account.get(response) ?? '';
}

/**
 * How rules name a path. Every cluster lets whoever has a token `get` /api/* for the discovery of its own API: rights
 * to this one have to be of another name. /metrics is what Prometheus is given everywhere.
 */
function urlInRules(path: string): string {
  return path === '/metrics' ? path : `/dynamic-toolset${path}`;
}

/** Names the missing permission as the rule that grants it. */
function forbidden(user: string, verb: string, path: string): Problem {
  const rule = `{nonResourceURLs: [${JSON.stringify(path)}], verbs: ["${verb}"]}`;
  return new Problem('forbidden', `Add to a ClusterRole that is bound to ${JSON.stringify(user)}: ${rule}`, {
    headers: { 'www-authenticate': 'Bearer realm="dynamic-toolset", error="insufficient_scope"' },
  });
}
