import { grafanaResource, oldGrafanaResource } from './custom-resources/grafana-labs.ts';
import { chart, exactName, namedPort, owner, product, productLike, together } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['service', 'grafana', '3000'];

/** Grafana's web and API server. Not its alerting gossip, image renderer, operator or agents. */
export const grafana: Detector = {
  id: 'grafana',
  title: 'Grafana',
  toolset: 'grafana/dashboards',
  byDefault: 'on',
  sources: [
    'https://github.com/grafana/helm-charts/blob/main/charts/grafana/templates/service.yaml',
    'https://github.com/grafana/grafana-operator/blob/master/controllers/reconcilers/grafana/service_reconciler.go',
    'https://github.com/prometheus-operator/kube-prometheus/blob/main/manifests/grafana-service.yaml',
  ],
  words: ['grafana'],
  evidence: [
    owner('Grafana.grafana.integreatly.org', 'Grafana.integreatly.org'),
    // The second is the name of Grafana's own program.
    product('grafana', 'grafana-server'),
    together('component label and port', { component: 'grafana', port: ports }),
    productLike('*-grafana', ports),
    chart('grafana'),
    exactName(['grafana', 'grafana-service', 'grafana-svc'], ports),
    ...namedPort('grafana', '3000', ['prometheus', 'loki', 'tempo']),
  ],
  entryPoints: [{ name: 'server' }],
  otherParts: ['image', 'alloy', 'oncall', 'loki', 'tempo', 'mimir'],
  ports: {
    names: ['service', 'http', 'https', 'http-web', 'https-web', 'web', 'grafana', 'tcp-service', 'ui', 'ui-port'],
    numbers: [3000, 80, 443],
  },
  scheme: 'http',
  probe: { path: '/api/health', contains: ['"database"'], access: '/api/dashboards/tags' },
  resources: [grafanaResource, oldGrafanaResource],
  pods: {
    images: ['grafana', 'grafana-enterprise', 'grafana-oss', 'ose-grafana', 'mirrored-grafana-grafana'],
    readiness: ['/api/health'],
  },
};
