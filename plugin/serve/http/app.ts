import express from 'express';
import type { Express, RequestHandler } from 'express';
import { measureRequests } from '../metrics/http.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { problemHandler } from './error-handler.ts';
import type { MetricsAccess } from '../flag-values.ts';
import type { Authorizer } from './auth/authorize.ts';
import { extensionPathsOnly } from './auth/extension-access.ts';
import type { ExtensionAccess } from './auth/extension-access.ts';
import type { EventStreams } from './handlers/events.ts';
import type { HealthOptions } from './handlers/health.ts';
import { healthRouter } from './handlers/health.ts';
import { pageRouter } from '../page/router.ts';
import type { ShownCluster } from './state/shown-cluster.ts';
import { openApiDocument } from './openapi/document.ts';
import { operations } from './openapi/operations.ts';
import { problemFor } from './problem-details.ts';
import { nameRequests } from './request-id.ts';
import { acceptable, apiRouter, notAllowed } from './router.ts';

export interface AppOptions extends Pick<HealthOptions, 'notReady'> {
  readonly metrics: Metrics;
  /** Argo CD's own cluster first. */
  readonly clusters: () => readonly ShownCluster[];
  readonly authorizer: Authorizer;
  readonly extension: ExtensionAccess;
  readonly metricsAccess: MetricsAccess;
  readonly streams: EventStreams;
  readonly version: string;
  readonly onBug: (error: unknown, requestId?: string) => void;
}

/** Health, metrics, the API and the page. */
export function createApp(options: AppOptions): Express {
  const { authorizer, extension, streams, clusters, metrics } = options;
  const app = express();
  app.disable('x-powered-by').set('etag', 'strong').set('query parser', 'simple');
  app.set('case sensitive routing', true).set('strict routing', true);
  app.use(nameRequests, measureRequests(metrics), securityHeaders, extensionPathsOnly);
  const allowAll: RequestHandler = (_request, _response, next) => {
    next();
  };
  const authorizeMetrics = options.metricsAccess === 'anonymous' ? allowAll : authorizer.authorizeScraper();
  app.use(healthRouter({ ...options, registry: metrics.registry, authorizeMetrics }));
  // One copy, shared by all slow readers.
  const document = Buffer.from(JSON.stringify(openApiDocument(operations, options.version)));
  app
    .route('/openapi.json')
    .get(acceptable('application/json'), (_request, response) => {
      response.type('json').send(document);
    })
    .all(notAllowed(['get']));
  app
    .route('/api/v1/events')
    .get(authorizer.authorizeStream(), acceptable('text/event-stream'), streams.open())
    .all(notAllowed(['get']));
  app.use(pageRouter());
  app.use(apiRouter({ operations, clusters, authorizer, extension }));
  app.use((request) => {
    throw problemFor.pathNotFound(request.path);
  });
  app.use(problemHandler(options.onBug));
  return app;
}

/** Responses are data for programs: browsers must not guess their type, frame them or load anything from them. */
const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  next();
};
