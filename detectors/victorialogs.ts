import { vLogsResource, vlClusterResource, vlSingleResource } from './custom-resources/victoriametrics.ts';
import { chart, exactName, owner, product, productLike } from './evidence.ts';
import { victoriaLogsApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['http', '9428', '9471'];

/** VictoriaLogs, single node or cluster: LogsQL. Not the components that write and store. */
export const victorialogs: Detector = {
  id: 'victorialogs',
  title: 'VictoriaLogs',
  toolset: 'victorialogs',
  byDefault: 'on',
  sources: [
    'https://github.com/VictoriaMetrics/helm-charts/tree/master/charts/victoria-logs-single/templates',
    'https://github.com/VictoriaMetrics/helm-charts/tree/master/charts/victoria-logs-cluster/templates',
    'https://github.com/VictoriaMetrics/operator/tree/master/internal/controller/operator/factory/vlsingle',
  ],
  words: ['victoria-logs', 'victorialogs', 'vlsingle', 'vlselect', 'vlcluster', 'vlogs'],
  evidence: [
    owner(
      'VLSingle.operator.victoriametrics.com',
      'VLCluster.operator.victoriametrics.com',
      'VLogs.operator.victoriametrics.com',
    ),
    product(
      'victoria-logs',
      'victorialogs',
      'victoria-logs-single',
      'victoria-logs-cluster',
      'vlsingle',
      'vlselect',
      'vlogs',
    ),
    productLike(['*-victoria-logs*', '*-vlsingle', '*-vlselect'], ports),
    chart('victoria-logs-single', 'victoria-logs-cluster'),
    exactName(['victoria-logs', 'victorialogs', 'vlogs', 'vlsingle', 'vlselect'], ports),
  ],
  entryPoints: [
    { name: 'vlselect', part: ['vlselect', 'select'] },
    { name: 'single node', part: ['', 'server', 'single', 'single-server', 'vlsingle', 'vlogs'] },
  ],
  otherParts: ['vlinsert', 'vlstorage', 'vlagent', 'vmauth', 'vector'],
  ports: { names: ['http', 'https'], numbers: [9428, 9471] },
  scheme: 'http',
  // Only the last minute: with many streams, the whole time range takes longer than the probe's timeout.
  probe: { path: '/select/logsql/field_names?query=_time:1m', contains: ['"values"'] },
  store: victoriaLogsApi,
  resources: [vlSingleResource, vlClusterResource, vLogsResource],
  // One binary runs every component of a cluster; the components that only write have queries switched off.
  pods: {
    images: 'victoria-logs',
    part: { flag: 'select.disable', answers: 'false' },
    pathFlags: ['http.pathPrefix'],
    tlsFlags: ['tls'],
    readiness: ['/health'],
  },
};
