import { jaegerResource, openTelemetryCollectorResource } from './custom-resources/traces-and-search.ts';
import { chart, exactName, namedPort, owner, product, productLike, together } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['http-query', 'query-http', 'jaeger-query', 'jaeger-ui', '16686'];

/** Jaeger's query API, versions 1 and 2, and the one that Tempo's operator offers. Not collectors and agents. */
export const jaeger: Detector = {
  id: 'jaeger',
  title: 'Jaeger',
  toolset: 'jaeger/tracing',
  byDefault: 'on',
  sources: [
    'https://github.com/jaegertracing/helm-charts/tree/main/charts/jaeger/templates',
    'https://github.com/jaegertracing/jaeger-operator/blob/main/pkg/service/query.go',
    'https://github.com/open-telemetry/opentelemetry-operator/blob/main/internal/manifests/collector/service.go',
    'https://github.com/grafana/tempo-operator/tree/main/internal/manifests/monolithic',
    'https://github.com/istio/istio/blob/master/samples/addons/jaeger.yaml',
  ],
  words: ['jaeger', 'opentelemetry', 'tempo'],
  evidence: [
    owner('Jaeger.jaegertracing.io'),
    together('owner and port', { owner: 'OpenTelemetryCollector.opentelemetry.io', port: '16686' }),
    together('owner and component', { owner: 'TempoMonolithic.tempo.grafana.com', component: 'jaegerui' }),
    product('jaeger', 'jaeger-query', 'jaeger-all-in-one'),
    productLike(['jaeger-*', '*-jaeger', '*-jaeger-query'], ports),
    chart('jaeger'),
    exactName(['jaeger', 'jaeger-query', 'jaeger-ui'], ports),
    ...namedPort('jaeger', '16686'),
  ],
  entryPoints: [
    { name: 'query', part: ['query', 'service-query', 'jaegerui', 'ui', 'jaeger-query'], allows: ['ui'] },
    // Tempo's query frontend, where the Service has Jaeger's query port.
    { name: 'query', part: 'query-frontend', when: { product: 'tempo', port: '16686' } },
    // Jaeger 2 is an OpenTelemetry Collector with a query extension, and the operator names it as one.
    { name: 'collector', part: 'opentelemetry-collector', allows: ['collector'] },
    // One Service for all components, named for the collector: no other component has this port.
    { name: 'collector', part: ['collector', 'collector-*'], when: { port: '16686' } },
    { name: 'all in one', part: ['', 'all-in-one', 'allinone', 'jaeger'] },
  ],
  otherParts: ['zipkin', 'ingress', 'spark', 'cassandra', 'elasticsearch', 'schema'],
  ports: {
    names: ['http-query', 'query-http', 'https-query', 'jaeger-query', 'jaeger-ui', 'query', 'jaeger', 'http'],
    numbers: [16686, 80, 443],
  },
  scheme: 'http',
  // Istio's addon: all in one, with this name and label, and QUERY_BASE_PATH set. A
  // Jaeger split into components is not it.
  paths: [
    { when: { name: 'tracing', labels: { app: 'jaeger' }, component: 'query' }, path: '' },
    { when: { name: 'tracing', labels: { app: 'jaeger' } }, path: '/jaeger' },
  ],
  probe: { path: '/api/services', contains: ['"data"', '"total"'] },
  resources: [jaegerResource, openTelemetryCollectorResource],
  // The readiness probe uses another port and no base path.
  pods: {
    images: ['jaeger', 'jaeger-query', 'all-in-one', 'jaeger-query-rhel*', 'jaeger-all-in-one-rhel*'],
    pathFlags: ['query.base-path'],
    tlsFlags: ['query.http.tls.enabled'],
  },
};
