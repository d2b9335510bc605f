import type { Request, RequestHandler, Response } from 'express';
import type { Clock } from '../../../lib/clock.ts';
import { failedAuthentications, RateLimit } from '../limits/rate-limit.ts';
import { problemFor } from '../problem-details.ts';
import type { Fault } from '../problem.ts';
import type { IsSecret } from './extension-secret.ts';

/** The part of this API that Argo CD's proxy may call. */
const extensionPrefix = '/api/v1/extension/';

/** Argo CD adds it to forwarded requests; a browser cannot, because Argo CD replaces its value. */
const secretHeader = 'x-dynamic-toolset-secret';

/** The Application that Argo CD's user is looking at, and may `get`. */
export interface ExtensionCaller {
  /** `namespace/name` */
  readonly application: string;
  readonly project: string;
}

/** Requests per user of Argo CD: by name, else by user id; users with neither count as one. */
const requestRate = { burst: 120, perSecond: 10 };

/**
 * Access for Argo CD's proxy extension. Argo CD has checked the user's session, `applications, get` on the Application
 * and `extensions, invoke`; the secret proves that the request came through Argo CD. Only headers that it always sets
 * or checks are trusted: not the groups, which for a user without groups are whatever the browser sends.
 */
export class ExtensionAccess {
  readonly #isSecret: IsSecret | null;
  readonly #requests: RateLimit;
  readonly #failures: RateLimit;
  readonly #callers = new WeakMap<Response, ExtensionCaller>();

  /** Without a secret, every request is refused. */
  constructor(isSecret: IsSecret | null, clock: Pick<Clock, 'now'>) {
    this.#isSecret = isSecret;
    this.#requests = new RateLimit(requestRate, 'requests', clock);
    this.#failures = failedAuthentications(clock);
  }

  /** Passes a request that comes through Argo CD. It counts as `cost` requests of the user. */
  authorize(cost: number): RequestHandler {
    return (request, response, next) => {
      this.#assertSecret(request);
      const { user, ...caller } = callerOf(request);
      this.#callers.set(response, caller);
      this.#requests.consume(user, cost);
      next();
    };
  }

  /** The caller of an authorized request; `null` for any other. */
  callerOf(response: Response): ExtensionCaller | null {
    return this.#callers.get(response) ?? null;
  }

  #assertSecret(request: Request): void {
    if (this.#isSecret === null) throw problemFor.extensionOff();
    if (this.#isSecret(request.get(secretHeader) ?? '')) return;
    // Only failures count: all of Argo CD's users share one address.
    this.#failures.consume(request.socket.remoteAddress ?? '');
    throw problemFor.extensionSecretInvalid();
  }
}

/**
 * Refuses any other path through Argo CD's proxy, which forwards all of them: some, such as /metrics, may need no
 * token.
 */
export const extensionPathsOnly: RequestHandler = (request, _response, next) => {
  if (request.get(secretHeader) !== undefined && !request.path.startsWith(extensionPrefix))
    throw problemFor.notForExtension();
  next();
};

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const name = '[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?';
const headers = {
  'argocd-username': /^.{0,256}$/,
  'argocd-application-name': new RegExp(`^${label}:${name}$`),
  'argocd-project-name': new RegExp(`^${name}$`),
};

/**
 * A repeated header becomes one comma-separated text; of these headers only the user's name may contain a comma. Argo CD
 * sends no name of users whose identity provider gives no e-mail address, and none if its authentication is off. It
 * authorizes them like all others, and nothing else here depends on the name.
 */
function callerOf(request: Request): ExtensionCaller & { readonly user: string } {
  const faults = Object.entries(headers).flatMap(([header, pattern]): Fault[] =>
    pattern.test(request.get(header) ?? '')
      ? []
      : [{ in: 'header', pointer: `/${header}`, detail: 'missing, or not as Argo CD sets it' }],
  );
  if (faults.length > 0) throw problemFor.faults(faults);
  const name = request.get('argocd-username') ?? '';
  return {
    user: name === '' ? `id ${request.get('argocd-user-id') ?? ''}` : name,
    application: (request.get('argocd-application-name') ?? '').replace(':', '/'),
    project: request.get('argocd-project-name') ?? '',
  };
}
