import { alertmanagerResource, vmAlertmanagerResource } from './custom-resources/prometheus-operator.ts';
import { chart, exactName, namedPort, owner, product, productLike, selects, together } from './evidence.ts';
import type { Detector } from './types.ts';

const ports = ['web', 'http-web', 'https-web', '9093'];

/** Alertmanager of Prometheus and VictoriaMetrics. The components of that name in Mimir, Cortex and others differ. */
export const alertmanager: Detector = {
  id: 'alertmanager',
  title: 'Alertmanager',
  toolset: 'alertmanager',
  byDefault: 'on',
  sources: [
    'https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/alertmanager/statefulset.go',
    'https://github.com/prometheus-community/helm-charts/blob/main/charts/alertmanager/templates/services.yaml',
    'https://github.com/VictoriaMetrics/operator/tree/master/internal/controller/operator/factory/vmalertmanager',
  ],
  words: ['alertmanager', 'alert-manager'],
  evidence: [
    owner(
      'Alertmanager.monitoring.coreos.com',
      'Alertmanager.monitoring.rhobs',
      'VMAlertmanager.operator.victoriametrics.com',
    ),
    selects('alertmanager'),
    product('alertmanager', 'vmalertmanager'),
    together('product and component label', { product: ['prometheus', 'kube-prometheus'], component: 'alertmanager' }),
    together('chart and component label', { chart: ['prometheus', 'kube-prometheus'], component: 'alertmanager' }),
    together('component label and port', { component: 'alertmanager', port: '9093' }),
    productLike('*-alertmanager', ports),
    // People also spell it as two words, but so do other programs that manage alerts: hence the port.
    productLike(['alert-manager', 'alert-manager-*', '*-alert-manager'], '9093'),
    chart('alertmanager'),
    exactName(['alertmanager', 'alertmanager-main', 'prometheus-alertmanager'], ports),
    exactName(['alert-manager', 'alert-manager-*'], '9093'),
    ...namedPort('alertmanager', '9093'),
  ],
  entryPoints: [{ name: 'server' }],
  ports: { names: ['web', 'http-web', 'https-web', 'http', 'https', 'alertmanager'], numbers: [9093, 80, 443] },
  scheme: 'http',
  probe: { path: '/api/v2/status', contains: ['"cluster"', '"versionInfo"'] },
  resources: [alertmanagerResource, vmAlertmanagerResource],
  pods: {
    images: ['alertmanager', 'ose-prometheus-alertmanager', 'mirrored-prometheus-alertmanager'],
    pathFlags: ['web.route-prefix'],
    urlFlags: ['web.external-url'],
    readiness: ['/-/ready', '/-/healthy'],
  },
};
