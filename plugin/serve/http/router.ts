import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { readJson } from './limits/json-body.ts';
import { checked } from './parse-request.ts';
import type { ReadModel } from './state/read-model.ts';
import type { ApiOperation } from './openapi/operation.ts';
import { Problem, clientDisconnected, retryAfter } from './problem.ts';

/** Nobody waits longer for an answer. */
const answerMs = 20_000;

export interface RouterOptions {
  readonly operations: readonly ApiOperation[];
  /** `null` until the cluster is known. */
  readonly knowledge: () => ReadModel | null;
  /** Lets those pass who may do what counts for so many requests. */
  readonly authorize: (cost: number) => RequestHandler;
}

/** Serves the operations: each request is authorized first, then checked, then answered. */
export function apiRouter({ operations, knowledge, authorize }: RouterOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const byPath = Map.groupBy(operations, ({ path }) => path);
  // What is spelt out goes before what takes the rest of a path.
  for (const [path, some] of [...byPath].sort(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))) {
    const route = router.route(routeOf(path));
    for (const one of some) {
      const handlers = [
        authorize(one.cost),
        acceptable('application/json'),
        ...(one.body ? [readJson] : []),
        handler(one, knowledge),
      ];
      route[one.method](...handlers);
    }
    route.all(notAllowed(some.map(({ method }) => method)));
  }
  return router;
}

/** Refuses any other method with the ones that there are. */
export function notAllowed(methods: readonly string[]): RequestHandler {
  const allow = methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])).join(', ');
  return (request) => {
    throw new Problem('method-not-allowed', `${request.path} has ${allow}.`, { headers: { allow } });
  };
}

export function acceptable(mediaType: string): RequestHandler {
  return (request, _response, next) => {
    if (request.accepts(mediaType) === false)
      throw new Problem('not-acceptable', `This is answered as ${mediaType}; the header Accept must allow it.`);
    next();
  };
}

/** `{name}` takes the rest of the path: names of toolsets hold slashes. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/, '*$1');
}

function handler(
  { parameters, query, body, handle }: ApiOperation,
  knowledge: () => ReadModel | null,
): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    const input = {
      path: parameters === null ? null : checked('path', parameters, pathOf(request)),
      query: checked('query', query, request.query),
      body: body === null ? null : checked('body', body, request.body === undefined ? {} : (request.body as unknown)),
      signal: endOf(response),
    };
    const known = knowledge();
    if (known === null)
      throw new Problem(
        'not-ready',
        'The cluster has not been listed whole yet; /readyz says what is missing.',
        retryAfter(1),
      );
    const answer = await Promise.race([handle(known, input), abortOf(input.signal)]);
    // Whoever asks again with its ETag is told so where nothing has changed.
    response.set({ 'cache-control': 'private, no-cache', vary: 'Authorization' }).json(answer);
  };
}

function pathOf({ params }: Request): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  );
}

/** Aborted, with the problem that it is, when the client has gone or has waited long enough. */
function endOf(response: Response): AbortSignal {
  const end = new AbortController();
  const timer = setTimeout(() => {
    end.abort(new Problem('overloaded', `There was no answer within ${String(answerMs / 1000)} s.`, retryAfter(5)));
  }, answerMs);
  const onClose = (): void => {
    clearTimeout(timer);
    if (!response.writableFinished) end.abort(clientDisconnected());
  };
  if (response.destroyed) onClose();
  else response.once('close', onClose);
  return end.signal;
}

/** Rejects with the reason once the signal comes; until then nobody hears of it. */
function abortOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason as Problem);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}
