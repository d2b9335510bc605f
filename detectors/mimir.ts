import { chart, exactName, product, productLike } from './evidence.ts';
import { anonymousTenant, tenantedPrometheusApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['http-metrics', 'http', '8080', '9009'];

/** Grafana Mimir and Enterprise Metrics: PromQL below /prometheus, per tenant. */
export const mimir: Detector = {
  id: 'mimir',
  title: 'Mimir',
  toolset: 'prometheus/metrics',
  byDefault: 'on',
  sources: ['https://github.com/grafana/mimir/tree/main/operations/helm/charts/mimir-distributed/templates'],
  words: ['mimir', 'enterprise-metrics'],
  evidence: [
    product('mimir', 'mimir-distributed', 'enterprise-metrics'),
    productLike('mimir-*', ports),
    productLike('*-mimir', ['http-metrics', '9009']),
    chart('mimir-distributed', 'mimir', 'enterprise-metrics'),
    exactName(['mimir', 'mimir-gateway', 'mimir-nginx', 'mimir-query-frontend'], ports),
  ],
  entryPoints: [
    { name: 'gateway', part: ['gateway', 'nginx'], path: '/prometheus' },
    { name: 'query-frontend', part: 'query-frontend', path: '/prometheus', headers: anonymousTenant },
    { name: 'read', part: ['read', 'mimir-read'], path: '/prometheus', headers: anonymousTenant },
    {
      name: 'single binary',
      part: ['', 'mimir', 'all', 'single-binary'],
      path: '/prometheus',
      headers: anonymousTenant,
    },
  ],
  ports: { names: ['http-metrics', 'http', 'https', 'web'], numbers: [8080, 9009, 80, 443] },
  scheme: 'http',
  probe: { path: '/api/v1/status/buildinfo', contains: ['"status":"success"', '"version"'] },
  store: tenantedPrometheusApi,
  pods: {
    images: ['mimir', 'grafana-mimir', 'enterprise-metrics'],
    part: { flag: 'target', answers: ['all', 'read', 'query-frontend', 'querier'] },
    pathFlags: ['server.path-prefix'],
    ownPathFlags: ['http.prometheus-http-prefix'],
    tlsFlags: ['server.http-tls-cert-path'],
    readiness: ['/ready'],
  },
};
