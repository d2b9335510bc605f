import { lokiStackResource } from './custom-resources/grafana-labs.ts';
import { chart, exactName, namedPort, owner, product, productLike } from './evidence.ts';
import { lokiApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['http-metrics', 'http', '3100'];

/** Grafana Loki: LogQL. Not the components that write, store or evaluate rules, nor Promtail and the canary. */
export const loki: Detector = {
  id: 'loki',
  title: 'Loki',
  toolset: 'grafana/loki',
  byDefault: 'on',
  sources: [
    'https://github.com/grafana/loki/tree/main/production/helm/loki/templates',
    'https://github.com/grafana/helm-charts/tree/main/charts/loki-distributed/templates',
    'https://github.com/grafana/loki/tree/main/operator/internal/manifests',
  ],
  words: ['loki', 'enterprise-logs'],
  evidence: [
    owner('LokiStack.loki.grafana.com'),
    product('loki', 'lokistack', 'loki-distributed', 'loki-stack', 'loki-simple-scalable', 'enterprise-logs'),
    productLike('loki-*', ports),
    productLike('*-loki', ['http-metrics', '3100']),
    chart('loki', 'loki-distributed', 'loki-simple-scalable'),
    exactName(['loki', 'loki-gateway', 'loki-read', 'loki-query-frontend'], [...ports, '80']),
    ...namedPort('loki', '3100'),
  ],
  entryPoints: [
    // The operator's gateway serves each tenant below its own path; `application` has the logs of workloads.
    {
      name: 'gateway',
      part: 'lokistack-gateway',
      path: '/api/logs/v1/application',
      ports: { names: ['public', 'http', 'https'], numbers: [8080] },
    },
    {
      name: 'gateway',
      part: ['gateway', 'nginx'],
      ports: { names: ['http', 'https', 'http-metrics'], numbers: [80, 8080, 443] },
    },
    { name: 'query-frontend', part: ['query-frontend', 'query-frontend-http'] },
    { name: 'read', part: 'read' },
    { name: 'single binary', part: ['', 'single-binary', 'loki', 'all', 'headless'] },
    { name: 'querier', part: 'querier' },
  ],
  otherParts: ['backend', 'promtail', 'pattern', 'bloom', 'planner', 'builder'],
  ports: { names: ['http-metrics', 'http', 'https', 'metrics'], numbers: [3100, 80, 8080] },
  scheme: 'http',
  probe: { path: '/loki/api/v1/status/buildinfo', contains: ['"version"'], access: '/loki/api/v1/labels' },
  store: lokiApi,
  resources: [lokiStackResource],
  pods: {
    images: ['loki', 'grafana-loki', 'enterprise-logs', 'logging-loki-rhel*'],
    part: { flag: 'target', answers: ['all', 'read', 'query-frontend', 'querier'] },
    pathFlags: ['server.path-prefix'],
    tlsFlags: ['server.http-tls-cert-path'],
    readiness: ['/ready'],
  },
};
