import type { RequestHandler } from 'express';
import { asObject, asString } from '../../lib/json.ts';
import type { Metrics } from './metrics.ts';

const methods = new Set(['GET', 'HEAD', 'POST']);
/** Responses that last as long as the client is connected. */
const streams = new Set(['/api/v1/events']);
/** The status that proxies log for a client that disconnected before the response. */
const clientClosed = 499;

/** Counts every request when its response has ended, by route: paths from clients are unbounded. */
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

/** The route as in the OpenAPI document: `{name}` for a parameter. */
function endpointOf(route: unknown): string {
  return asString(asObject(route).path).replace(/[*:](\w+)/g, '{$1}') || 'other';
}
