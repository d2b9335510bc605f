import { chart, exactName, productLike, together } from './evidence.ts';
import { anonymousTenant, tenantedPrometheusApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

/** No `http` and no 8080: other programs share the name (TheHive's analyzer, for one), and anything may use those. */
const ports = ['http-metrics', '*-http-metrics', '9009'];

/** gRPC between Cortex components. */
const inner = '9095';

/** Cortex: PromQL below /prometheus, per tenant. */
export const cortex: Detector = {
  id: 'cortex',
  title: 'Cortex',
  toolset: 'prometheus/metrics',
  byDefault: 'on',
  sources: ['https://github.com/cortexproject/cortex-helm-chart/tree/master/templates'],
  words: ['cortex'],
  evidence: [
    together('product label and port', { product: 'cortex', port: [...ports, inner] }),
    productLike('cortex-*', [...ports, inner]),
    productLike('*-cortex', ['http-metrics', '9009']),
    chart('cortex'),
    exactName('cortex', [...ports, inner]),
    exactName(['cortex-nginx', 'cortex-query-frontend'], [...ports, '8080']),
  ],
  entryPoints: [
    { name: 'gateway', part: ['nginx', 'gateway'], path: '/prometheus' },
    { name: 'query-frontend', part: 'query-frontend', path: '/prometheus', headers: anonymousTenant },
    {
      name: 'single binary',
      part: ['', 'cortex', 'all', 'single-binary'],
      path: '/prometheus',
      headers: anonymousTenant,
    },
  ],
  ports: { names: ['http-metrics', 'http', 'https'], numbers: [8080, 9009, 80, 443] },
  scheme: 'http',
  // The build information endpoint is off by default. A constant is answered for every tenant, whatever is stored.
  probe: { path: '/api/v1/query?query=1', contains: ['"status":"success"', '"resultType"'] },
  store: tenantedPrometheusApi,
  pods: {
    images: 'cortex',
    part: { flag: 'target', answers: ['all', 'read', 'query-frontend', 'querier'] },
    pathFlags: ['server.path-prefix'],
    ownPathFlags: ['http.prometheus-http-prefix'],
    tlsFlags: ['server.http-tls-cert-path'],
    readiness: ['/ready'],
  },
};
