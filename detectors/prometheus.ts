import type { Detector } from './types.ts';

/** Prometheus servers. Not Alertmanager, agents, exporters, adapters or the operator: they speak another API. */
export const prometheus: Detector = {
  id: 'prometheus',
  title: 'Prometheus',
  toolset: 'prometheus/metrics',
  sources: [
    'https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/server/statefulset.go',
    'https://github.com/prometheus-operator/kube-prometheus/blob/main/manifests/prometheus-service.yaml',
    'https://github.com/prometheus-community/helm-charts/blob/main/charts/kube-prometheus-stack/templates/prometheus/service.yaml',
    'https://github.com/prometheus-community/helm-charts/blob/main/charts/prometheus/templates/service.yaml',
  ],
  words: ['prometheus'],
  evidence: [
    { rule: 'owned by a Prometheus resource', when: { owner: 'Prometheus.monitoring.coreos.com' } },
    {
      rule: 'selects the pods of a Prometheus resource',
      when: { selector: { 'operator.prometheus.io/name': '*' }, product: ['prometheus', '*-prometheus'] },
    },
    {
      rule: 'selects the pods of a Prometheus resource',
      when: { selector: { prometheus: '*' }, product: 'prometheus' },
    },
    { rule: 'product label', when: { product: ['prometheus', 'prometheus-server', 'prometheus-k8s'] } },
    { rule: 'product label and port name', when: { product: '*-prometheus', port: ['web', 'http-web', 'https-web'] } },
    { rule: 'chart label', when: { chart: 'prometheus' } },
    {
      rule: 'exact name and port',
      when: { name: ['prometheus', 'prometheus-server', 'prometheus-k8s'], port: '9090' },
    },
  ],
  doors: [{ name: 'server' }],
  ports: { names: ['web', 'http-web', 'https-web', 'http', 'https', 'prometheus'], numbers: [9090, 80, 443] },
  scheme: 'http',
  probe: { path: '/api/v1/status/buildinfo', contains: ['"status":"success"', '"version"'] },
};
