import { vtClusterResource, vtSingleResource } from './custom-resources/victoriametrics.ts';
import { chart, exactName, owner, product, productLike } from './evidence.ts';
import type { Detector } from './types.ts';

const path = '/select/jaeger';
const ports = ['http', '10428', '10471'];

/** VictoriaTraces, single node or cluster, by its Jaeger query API. Not the components that write and store. */
export const victoriatraces: Detector = {
  id: 'victoriatraces',
  title: 'VictoriaTraces',
  toolset: 'jaeger/tracing',
  byDefault: 'on',
  sources: [
    'https://github.com/VictoriaMetrics/helm-charts/tree/master/charts/victoria-traces-single/templates',
    'https://github.com/VictoriaMetrics/helm-charts/tree/master/charts/victoria-traces-cluster/templates',
    'https://docs.victoriametrics.com/victoriatraces/querying/',
  ],
  words: ['victoria-traces', 'victoriatraces', 'vt-single', 'vt-cluster', 'vtsingle', 'vtselect', 'vtcluster'],
  evidence: [
    owner('VTSingle.operator.victoriametrics.com', 'VTCluster.operator.victoriametrics.com'),
    product(
      'victoria-traces',
      'victoriatraces',
      'victoria-traces-single',
      'victoria-traces-cluster',
      'vt-single',
      'vt-cluster',
      'vtsingle',
      'vtselect',
    ),
    productLike(['*-victoria-traces*', '*-vtsingle', '*-vtselect'], ports),
    chart('victoria-traces-single', 'victoria-traces-cluster'),
    exactName(['victoria-traces', 'victoriatraces', 'vtsingle', 'vtselect'], ports),
  ],
  entryPoints: [
    { name: 'vtselect', part: ['vtselect', 'select'], path },
    { name: 'single node', part: ['', 'server', 'single', 'single-server', 'vtsingle'], path },
  ],
  otherParts: ['vtinsert', 'vtstorage', 'vmauth'],
  ports: { names: ['http', 'https'], numbers: [10428, 10471] },
  scheme: 'http',
  probe: { path: '/api/services', contains: ['"data"'] },
  resources: [vtSingleResource, vtClusterResource],
  pods: {
    images: 'victoria-traces',
    part: { flag: 'select.disable', answers: 'false' },
    pathFlags: ['http.pathPrefix'],
    tlsFlags: ['tls'],
    readiness: ['/health'],
  },
};
