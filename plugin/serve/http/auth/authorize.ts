import type { RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../lib/clock.ts';
import { PluginError } from '../../../lib/errors.ts';
import { ConcurrencyLimit } from '../limits/concurrency-limit.ts';
import { RateLimit } from '../limits/rate-limit.ts';
import { Problem } from '../problem.ts';
import { assertClientConnected, problemFor } from '../problem-details.ts';
import { Authenticator, tokenOf } from './authenticate.ts';
import { clusterPath, everyCluster } from './cluster-access.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { hash } from './token-reviews.ts';
import type { Reviews, User } from './token-reviews.ts';

/** Requests per user, over all connections. */
const requestRate = { burst: 1_000, perSecond: 200 };
/** Of these, requests with a body, which cost more. */
const bodyRate = { burst: 200, perSecond: 20 };
/** Concurrent requests with a body: each holds up to 1 MiB in memory. */
const bodyConcurrency = { perClient: 4, total: 16 };
/** Responses not yet read by the client: each may be a megabyte, and a client may leave it unread for minutes. */
const responseConcurrency = { perClient: 64, total: 256 };
/** Remembered tokens with access to metrics; several per scraper, since tokens rotate. */
const maxScraperTokens = 100;

/** Access control by RBAC: a rule with `nonResourceURLs` and the verb `get` or `post` grants a path. */
export class Authorizer {
  readonly #reviews: Reviews;
  readonly #authenticator: Authenticator;
  readonly #requests: RateLimit;
  readonly #bodies: RateLimit;
  readonly #bodiesInProgress = new ConcurrencyLimit(bodyConcurrency, 'concurrent requests with a body');
  readonly #responses = new ConcurrencyLimit(responseConcurrency, 'unfinished responses');
  /** Hashes of tokens that had access to metrics at their last review. */
  readonly #scrapers = new LRUCache<string, true>({ max: maxScraperTokens });
  readonly #users = new WeakMap<Response, User>();

  constructor(reviews: Reviews, clock: Pick<Clock, 'now'>) {
    this.#reviews = reviews;
    this.#authenticator = new Authenticator(reviews, clock);
    this.#requests = new RateLimit(requestRate, 'requests', clock);
    this.#bodies = new RateLimit(bodyRate, 'requests with a body', clock);
  }

  /** Passes a request whose bearer token grants its method on its path. It counts as `cost` requests. */
  authorize(cost: number): RequestHandler {
    return async (_request, response, next) => {
      await this.#authorize(response, cost);
      response.once('close', this.#responses.acquire(this.accountOf(response)));
      next();
    };
  }

  /** As `authorize`, for an event stream: streams have their own limit. */
  authorizeStream(): RequestHandler {
    return async (_request, response, next) => {
      await this.#authorize(response, 1);
      next();
    };
  }

  /**
   * As `authorize`, for metrics; but while the API server is unreachable, tokens that had access at their last review
   * keep it: monitoring must see exactly this failure.
   */
  authorizeScraper(): RequestHandler {
    return async (request, response, next) => {
      const id = hash(tokenOf(request.headers.authorization) ?? '');
      try {
        await this.#authorize(response, 1);
        this.#scrapers.set(id, true);
      } catch (error) {
        // An exceeded limit or a client that gave up says nothing about its access.
        if (isRefusal(error)) this.#scrapers.delete(id);
        if (!(error instanceof PluginError && this.#scrapers.has(id))) throw error;
      }
      next();
    };
  }

  /** Whether the client of a long-lived response still has access; `false` while the API server is unreachable. */
  async isStillAuthorized(response: Response): Promise<boolean> {
    try {
      await this.#assertAllowed(response, await this.#authenticator.identify(response.req));
      return true;
    } catch {
      return false;
    }
  }

  /** The user of an authorized request. */
  accountOf(response: Response): string {
    return this.#users.get(response)?.name ?? '';
  }

  /** What the user of an authorized request may see besides Argo CD's own cluster. */
  clusterAccess(response: Response): ClusterAccess {
    return {
      assertMaySee: async (name) => {
        const user = this.#users.get(response);
        if (!user || !(await this.#maySee(user, name)))
          throw problemFor.clusterForbidden(user?.name ?? '', name, clusterPath(name));
      },
      visibleAmong: (names) => this.#visibleAmong(response, names),
    };
  }

  /**
   * Asks for a rule on all clusters first. Each cluster asked for by name counts as a request, so that an account
   * causes no more reviews than its rate allows.
   */
  async #visibleAmong(response: Response, names: readonly string[]): Promise<ReadonlySet<string>> {
    const user = this.#users.get(response);
    if (!user || names.length === 0) return new Set();
    if (await this.#maySee(user, everyCluster)) return new Set(names);
    this.#limit(response, user.name, names.length);
    const visible = new Set<string>();
    await Promise.all(
      names.map(async (name) => {
        if (await this.#maySee(user, name)) visible.add(name);
      }),
    );
    return visible;
  }

  async #maySee(user: User, cluster: string): Promise<boolean> {
    return this.#reviews.isAllowed(user, 'get', clusterPath(cluster));
  }

  async #authorize(response: Response, cost: number): Promise<void> {
    const user = await this.#authenticator.identify(response.req);
    assertClientConnected(response);
    this.#users.set(response, user);
    this.#limit(response, user.name, cost);
    if (response.req.method === 'POST') {
      response.once('close', this.#bodiesInProgress.acquire(user.name));
    }
    await this.#assertAllowed(response, user);
    assertClientConnected(response);
  }

  /** Throws if a rate is exceeded. Either way, the response headers say what is left. */
  #limit(response: Response, account: string, cost: number): void {
    const limits = [this.#requests, ...(response.req.method === 'POST' ? [this.#bodies] : [])];
    try {
      for (const limit of limits) limit.consume(account, limit === this.#requests ? cost : 1);
    } finally {
      const headers = limits.map((limit) => limit.headersFor(account));
      response.set({
        'ratelimit-policy': headers.map(({ policy }) => policy).join(', '),
        ratelimit: headers.map(({ state }) => state).join(', '),
      });
    }
  }

  async #assertAllowed({ req: request }: Response, user: User): Promise<void> {
    const verb = request.method === 'HEAD' ? 'get' : request.method.toLowerCase();
    const path = nonResourceUrl(request.path);
    if (!(await this.#reviews.isAllowed(user, verb, path))) throw problemFor.forbidden(user.name, verb, path);
  }
}

/** Whether a review rejected the token: it is invalid or lacks the right. */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'unauthenticated' || error.code === 'forbidden');
}

/**
 * The path as RBAC rules name it. Every cluster grants `get` on /api/* to all authenticated users, for discovery of the
 * Kubernetes API, so this API needs its own prefix. /metrics stays as is: it is what Prometheus is granted everywhere.
 */
function nonResourceUrl(path: string): string {
  return path === '/metrics' ? path : `/dynamic-toolset${path}`;
}
