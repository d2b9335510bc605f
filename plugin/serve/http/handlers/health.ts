import type { RequestHandler } from 'express';
import { Router } from 'express';
import { acceptable, notAllowed } from '../router.ts';
import type { Registry } from 'prom-client';

export interface HealthOptions {
  /** Why the process is not ready; `null` if it is. */
  readonly notReady: () => string | null;
  readonly registry: Registry;
  /** Passes requests with access to metrics. */
  readonly authorizeMetrics: RequestHandler;
}

/**
 * /healthz responds as long as the event loop runs, /readyz says whether the cluster is listed and watched; also
 * /metrics.
 */
export function healthRouter({ notReady, registry, authorizeMetrics }: HealthOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const text: RequestHandler = (_request, response, next) => {
    response.set('cache-control', 'no-store').type('text/plain');
    next();
  };
  router.get('/healthz', text, (_request, response) => {
    response.send('ok\n');
  });
  router.get('/readyz', text, (_request, response) => {
    const reason = notReady();
    response.status(reason === null ? 200 : 503).send(`${reason ?? 'ok'}\n`);
  });
  router.get('/metrics', authorizeMetrics, acceptable('text/plain'), async (_request, response) => {
    response
      .set('cache-control', 'no-store')
      .type(registry.contentType)
      .send(await registry.metrics());
  });
  for (const path of ['/healthz', '/readyz', '/metrics']) router.all(path, notAllowed(['get']));
  return router;
}
