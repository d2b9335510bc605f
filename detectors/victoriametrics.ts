import { vmClusterResource, vmSingleResource } from './custom-resources/victoriametrics.ts';
import { chart, exactName, owner, product, productLike } from './evidence.ts';
import { prometheusApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const select = '/select/0/prometheus';
const ports = ['http', '8428', '8429', '8481'];

/**
 * VictoriaMetrics, single node or cluster: PromQL and MetricsQL. Not vmagent, vmalert or the components that write and
 * store. vmauth routes as its users configure it: only the cluster chart's own leads to vmselect by default.
 */
export const victoriametrics: Detector = {
  id: 'victoriametrics',
  title: 'VictoriaMetrics',
  toolset: 'prometheus/metrics',
  byDefault: 'on',
  sources: [
    'https://github.com/VictoriaMetrics/helm-charts/tree/master/charts/victoria-metrics-cluster/templates',
    'https://github.com/VictoriaMetrics/helm-charts/tree/master/charts/victoria-metrics-single/templates',
    'https://github.com/VictoriaMetrics/operator/tree/master/internal/controller/operator/factory',
    'https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#url-format',
  ],
  words: ['victoria-metrics', 'victoriametrics', 'vmsingle', 'vmselect', 'vmcluster'],
  evidence: [
    owner('VMSingle.operator.victoriametrics.com', 'VMCluster.operator.victoriametrics.com'),
    product(
      'victoria-metrics',
      'victoriametrics',
      'victoria-metrics-single',
      'victoria-metrics-cluster',
      'vmsingle',
      'vmselect',
    ),
    productLike(['*-victoria-metrics*', '*-victoriametrics', '*-vmsingle', '*-vmselect'], ports),
    chart('victoria-metrics-single', 'victoria-metrics-cluster', 'victoriametrics'),
    exactName(['victoria-metrics', 'victoriametrics', 'vmsingle', 'vmselect'], ports),
  ],
  entryPoints: [
    { name: 'vmselect', part: ['vmselect', 'select'], path: select },
    { name: 'vmauth', part: 'vmauth', path: select },
    {
      name: 'single node',
      part: ['', 'server', 'single', 'single-server', 'vmsingle', 'victoria-metrics'],
    },
  ],
  otherParts: [
    'vminsert',
    'vmstorage',
    'vmagent',
    'vmalert',
    'vmalertmanager',
    'vmbackup',
    'vmgateway',
    'alert',
    'anomaly',
  ],
  ports: { names: ['http', 'https', 'web'], numbers: [8428, 8429, 8481, 8427] },
  scheme: 'http',
  probe: { path: '/api/v1/status/buildinfo', contains: ['"status":"success"', '"version"'] },
  store: prometheusApi,
  resources: [vmSingleResource, vmClusterResource],
  pods: {
    images: ['victoria-metrics', 'vmselect'],
    pathFlags: ['http.pathPrefix'],
    tlsFlags: ['tls'],
    readiness: ['/health', '/-/healthy', '/-/ready'],
  },
};
