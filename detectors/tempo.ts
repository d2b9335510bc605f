import { tempoMonolithicResource, tempoStackResource } from './custom-resources/grafana-labs.ts';
import { chart, exactName, namedPort, owner, product, productLike } from './evidence.ts';
import { tempoApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['tempo-prom-metrics', 'http-metrics', 'http', '3200', '3100'];

/** Grafana Tempo: TraceQL. Not its write path, nor the Jaeger UI that its operator runs beside it. */
export const tempo: Detector = {
  id: 'tempo',
  title: 'Tempo',
  toolset: 'grafana/tempo',
  byDefault: 'on',
  sources: [
    'https://github.com/grafana/helm-charts/tree/main/charts/tempo/templates',
    'https://github.com/grafana/helm-charts/tree/main/charts/tempo-distributed/templates',
    'https://github.com/grafana/tempo-operator/tree/main/internal/manifests',
  ],
  words: ['tempo', 'enterprise-traces'],
  evidence: [
    owner('TempoStack.tempo.grafana.com', 'TempoMonolithic.tempo.grafana.com'),
    product('tempo', 'tempo-distributed', 'tempo-monolithic', 'enterprise-traces'),
    productLike('tempo-*', ports),
    productLike(
      '*-tempo',
      ports.filter((port) => port !== 'http'),
    ),
    chart('tempo', 'tempo-distributed'),
    exactName(['tempo', 'tempo-gateway', 'tempo-query-frontend'], [...ports, '80']),
    ...namedPort('tempo', '3200'),
  ],
  entryPoints: [
    // The operator's gateway serves each tenant below a path that the Service does not tell.
    {
      name: 'gateway',
      part: 'gateway',
      when: { labels: { 'app.kubernetes.io/managed-by': 'tempo-operator' } },
      needsProof: true,
      ports: { names: ['public'], numbers: [8080] },
    },
    {
      name: 'gateway',
      part: ['gateway', 'nginx'],
      ports: { names: ['http', 'https', 'http-metrics'], numbers: [80, 443] },
    },
    { name: 'query-frontend', part: ['query-frontend', 'query-frontend-discovery', 'query-frontend-headless'] },
    { name: 'single binary', part: ['', 'tempo', 'all', 'single-binary', 'monolithic', 'headless'] },
  ],
  otherParts: ['jaegerui', 'jaeger', 'querier', 'vulture', 'generator', 'block', 'builder', 'backend'],
  ports: { names: ['http-metrics', 'http', 'https', 'tempo-prom-metrics', 'prom-metrics'], numbers: [3200, 3100] },
  scheme: 'http',
  probe: { path: '/api/status/buildinfo', contains: ['"version"'], access: '/api/search/tags' },
  store: tempoApi,
  resources: [tempoStackResource, tempoMonolithicResource],
  pods: {
    images: ['tempo', 'grafana-tempo', 'enterprise-traces', 'tempo-rhel*'],
    part: { flag: 'target', answers: ['all', 'query-frontend', 'scalable-single-binary'] },
    pathFlags: ['http-api-prefix', 'server.path-prefix'],
    tlsFlags: ['server.http-tls-cert-path'],
    readiness: ['/ready'],
  },
};
