import type { Detector } from './types.ts';

/** Grafana's web and API server. Not its alerting gossip, image renderer, operator or agents. */
export const grafana: Detector = {
  id: 'grafana',
  title: 'Grafana',
  toolset: 'grafana/dashboards',
  sources: [
    'https://github.com/grafana/helm-charts/blob/main/charts/grafana/templates/service.yaml',
    'https://github.com/grafana/grafana-operator/blob/master/controllers/reconcilers/grafana/service_reconciler.go',
    'https://github.com/prometheus-operator/kube-prometheus/blob/main/manifests/grafana-service.yaml',
  ],
  words: ['grafana'],
  evidence: [
    {
      rule: 'owned by a Grafana resource',
      when: { owner: ['Grafana.grafana.integreatly.org', 'Grafana.integreatly.org'] },
    },
    { rule: 'product label', when: { product: 'grafana' } },
    { rule: 'chart label', when: { chart: 'grafana' } },
    { rule: 'exact name and port', when: { name: ['grafana', 'grafana-service'], port: '3000' } },
  ],
  doors: [{ name: 'server' }],
  ports: { names: ['http', 'https', 'http-web', 'https-web', 'web', 'service', 'grafana'], numbers: [3000, 80, 443] },
  scheme: 'http',
  probe: { path: '/api/health', contains: ['"database"'] },
};
