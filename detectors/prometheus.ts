import { prometheusResource } from './custom-resources/prometheus-operator.ts';
import { chart, exactName, namedPort, owner, product, productLike, selects, together } from './evidence.ts';
import { prometheusApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['web', 'http-web', 'https-web', '9090'];

/** Prometheus servers. Not Alertmanager, agents, exporters, adapters or the operator: these have other APIs. */
export const prometheus: Detector = {
  id: 'prometheus',
  title: 'Prometheus',
  toolset: 'prometheus/metrics',
  byDefault: 'on',
  sources: [
    'https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/prometheus/server/statefulset.go',
    'https://github.com/prometheus-operator/kube-prometheus/blob/main/manifests/prometheus-service.yaml',
    'https://github.com/prometheus-community/helm-charts/blob/main/charts/kube-prometheus-stack/templates/prometheus/service.yaml',
    'https://github.com/prometheus-community/helm-charts/blob/main/charts/prometheus/templates/service.yaml',
  ],
  words: ['prometheus'],
  evidence: [
    owner('Prometheus.monitoring.coreos.com', 'Prometheus.monitoring.rhobs'),
    selects('operator.prometheus.io/name'),
    together('operator selector and port', { selector: { prometheus: '*' }, port: '9090' }),
    product('prometheus', 'prometheus-server'),
    productLike(['*-prometheus', '*-prometheus-server'], ports),
    together('product and component label', { product: 'kube-prometheus', component: 'prometheus' }),
    together('chart and component label', { chart: 'kube-prometheus', component: 'prometheus' }),
    together('component label and port', { component: 'prometheus', port: ports }),
    chart('prometheus'),
    exactName(['prometheus', 'prometheus-server', 'prometheus-k8s', 'prometheus-svc', 'prometheus-service'], ports),
    ...namedPort('prometheus', '9090'),
  ],
  entryPoints: [{ name: 'server' }],
  ports: { names: ['web', 'http-web', 'https-web', 'http', 'https', 'prometheus'], numbers: [9090, 80, 443] },
  scheme: 'http',
  probe: { path: '/api/v1/status/buildinfo', contains: ['"status":"success"', '"version"'] },
  store: prometheusApi,
  resources: [prometheusResource],
  pods: {
    images: ['prometheus', 'ose-prometheus', 'mirrored-prometheus-prometheus'],
    // In agent mode it only forwards samples. Before version 3, a feature switched that on.
    part: { flag: 'agent', answers: 'false' },
    features: { flag: 'enable-feature', others: ['agent'] },
    pathFlags: ['web.route-prefix'],
    urlFlags: ['web.external-url'],
    readiness: ['/-/ready', '/-/healthy'],
  },
};
