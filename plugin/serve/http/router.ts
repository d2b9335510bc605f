import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { ExtensionAccess } from './auth/extension-access.ts';
import { readJson } from './limits/json-body.ts';
import { parseRequest } from './parse-request.ts';
import { asObject, asString } from '../../lib/json.ts';
import { ownCluster } from '../../lib/cluster-name.ts';
import type { Authorizer } from './auth/authorize.ts';
import { allClusters, memoizedAccess, chosenClusters, modelsOf } from './auth/cluster-access.ts';
import type { ShownCluster } from './state/shown-cluster.ts';
import type { ApiOperation } from './openapi/operation.ts';
import { problemFor } from './problem-details.ts';

/** Deadline of a response. */
const responseTimeoutMs = 20_000;

export interface RouterOptions {
  readonly operations: readonly ApiOperation[];
  /** Argo CD's own cluster first. */
  readonly clusters: () => readonly ShownCluster[];
  readonly authorizer: Pick<Authorizer, 'authorize' | 'clusterAccess'>;
  readonly extension: Pick<ExtensionAccess, 'authorize' | 'callerOf'>;
}

/** Serves the operations: authorizes each request, parses it, then handles it. */
export function apiRouter(options: RouterOptions): Router {
  const { operations, authorizer, extension } = options;
  const router = express.Router({ caseSensitive: true, strict: true });
  const byPath = Map.groupBy(operations, ({ path }) => path);
  // Literal paths come before those with a parameter, which would match them too.
  for (const [path, some] of [...byPath].sort(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))) {
    const route = router.route(routeOf(path));
    for (const one of some) {
      const handlers = [
        one.access === 'token' ? authorizer.authorize(one.cost) : extension.authorize(one.cost),
        acceptable('application/json'),
        ...(one.body ? [readJson] : []),
        handler(one, options),
      ];
      route[one.method](...handlers);
    }
    route.all(notAllowed(some.map(({ method }) => method)));
  }
  return router;
}

/** Rejects all other methods. */
export function notAllowed(methods: readonly string[]): RequestHandler {
  const allow = methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])).join(', ');
  return (request) => {
    throw problemFor.methodNotAllowed(request.path, allow);
  };
}

export function acceptable(mediaType: string): RequestHandler {
  return (request, _response, next) => {
    if (request.accepts(mediaType) === false) throw problemFor.notAcceptable(mediaType);
    next();
  };
}

/** `{name}` matches the rest of the path: names of toolsets contain slashes. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/, '*$1');
}

function handler(
  { parameters, query, body, access, about, handle }: ApiOperation,
  { clusters, authorizer, extension }: RouterOptions,
): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    const input = {
      path: parameters === null ? null : parseRequest('path', parameters, pathOf(request)),
      query: parseRequest('query', query, request.query),
      body:
        body === null ? null : parseRequest('body', body, request.body === undefined ? {} : (request.body as unknown)),
      caller: extension.callerOf(response),
      signal: deadlineOf(response),
    };
    // Argo CD's user may see one Application, wherever it deploys to.
    const rights = access === 'token' ? memoizedAccess(authorizer.clusterAccess(response)) : allClusters;
    const chosen = await chosenClusters(clusters(), about ?? clusterIn(input), rights);
    const models = await modelsOf(chosen, rights);
    const result = await Promise.race([
      handle(models, { ...input, clusters: chosen, access: rights }),
      rejectionOf(input.signal),
    ]);
    // Clients may store the response but must revalidate it by its ETag.
    const vary = access === 'token' ? 'Authorization' : 'Argocd-Application-Name, Argocd-Project-Name';
    response.set({ 'cache-control': 'private, no-cache', vary }).json(result);
  };
}

/** Defaults to Argo CD's own cluster. */
function clusterIn({ query, body }: { readonly query: unknown; readonly body: unknown }): string {
  return asString(asObject(query).cluster) || asString(asObject(body).cluster) || ownCluster.name;
}

function pathOf({ params }: Request): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  );
}

/** Aborts, with the HTTP problem as its reason, when the client disconnects or the deadline passes. */
function deadlineOf(response: Response): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(problemFor.noResponse(responseTimeoutMs));
  }, responseTimeoutMs);
  const onClose = (): void => {
    clearTimeout(timer);
    if (!response.writableFinished) controller.abort(problemFor.clientDisconnected());
  };
  if (response.destroyed) onClose();
  else response.once('close', onClose);
  return controller.signal;
}

/** Rejects with the reason of the signal once it aborts. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}
