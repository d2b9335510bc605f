import type { RequestHandler } from 'express';
import { asObject, asString } from '../../lib/json.ts';
import type { Metrics } from './metrics.ts';

const methods = new Set(['GET', 'HEAD', 'POST']);
/** Their answers go on for as long as the client stays. */
const streams = new Set(['/api/v1/events']);
/** As proxies log a client that did not wait for the answer. */
const clientClosed = 499;

/** Counts every request once its answer has ended, by the route that it took: paths of clients are no labels. */
export function measureRequests({
  httpRequests,
  httpSeconds,
}: Pick<Metrics, 'httpRequests' | 'httpSeconds'>): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    response.once('close', () => {
      const endpoint = endpointOf(request.route);
      const labels = {
        endpoint,
        method: methods.has(request.method) ? request.method : 'other',
        status: String(response.headersSent ? response.statusCode : clientClosed),
      };
      httpRequests.inc(labels);
      if (!streams.has(endpoint)) httpSeconds.observe(labels, (performance.now() - startedAt) / 1000);
    });
    next();
  };
}

/** As the API's description writes it: `{name}` for a parameter. */
function endpointOf(route: unknown): string {
  return asString(asObject(route).path).replace(/[*:](\w+)/g, '{$1}') || 'other';
}
