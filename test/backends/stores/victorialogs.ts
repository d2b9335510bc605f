import { victoriaLogsApi } from '../../../detectors/stores/apis.ts';
import { freePort } from '../../cluster/parts/process.ts';
import { backendTool, backendVersion, missingBackend } from '../../tools/backends.ts';
import { labelsOf, writersOf } from '../data/schemes.ts';
import type { Scheme } from '../data/schemes.ts';
import { clustersOf, firstQueriesOf, send, tenantsOf, startProgram, untilFound } from './store.ts';
import type { Ground, RunningStore, StoreKind, Tenant } from './store.ts';

export const victorialogs: StoreKind = {
  id: 'victorialogs',
  isReal: true,
  title: 'VictoriaLogs',
  service: { labels: { 'app.kubernetes.io/name': 'victoria-logs-single' }, portName: 'http' },
  toolset: 'victorialogs',
  tenants: [null, '1'],
  tenantHeaders,
  missing: () => missingBackend('victoria-logs'),
  version: () => backendVersion('victoria-logs'),
  names: (scheme) => scheme.victorialogs,
  takes: () => true,
  start,
  questions: ({ victorialogs: { namespace = 'namespace' }, ...scheme }) => [
    ...firstQueriesOf('victorialogs', '', { namespace }),
    ...victoriaLogsApi.names.map(({ path }) => path),
    '/select/logsql/field_names?query=*',
    '/select/logsql/stream_field_names?query=*',
    `/select/logsql/stream_field_values?query=*&field=${namespace}`,
    '/select/tenant_ids',
    ...clustersOf(victoriaLogsApi, '', { namespace }, scheme),
  ],
};

async function start(ground: Ground, scheme: Scheme, tenant: Tenant): Promise<RunningStore> {
  const port = await freePort();
  const flags = [`-httpListenAddr=127.0.0.1:${port}`, '-storageDataPath=data'];
  const store = await startProgram(ground, 'victoria-logs', backendTool('victoria-logs'), port, () => flags, '/health');
  for (const one of tenantsOf(tenant)) await fill(port, scheme, one);
  return store;
}

async function fill(port: number, scheme: Scheme, tenant: Tenant): Promise<void> {
  const base = `http://127.0.0.1:${port}`;
  const account = tenant === null ? {} : tenantHeaders(tenant);
  const streams = writersOf(scheme).map(({ pod, constant }) => ({
    message: `connection refused from ${pod.container}`,
    labels: labelsOf(pod, scheme.victorialogs, constant),
  }));
  const _time = new Date().toISOString();
  const lines = streams.map(({ message, labels }) => ({ _time, _msg: message, ...labels }));
  const streamFields = [...new Set(streams.flatMap(({ labels }) => Object.keys(labels)))]
    .map(encodeURIComponent)
    .join(',');
  const body = lines.map((line) => JSON.stringify(line)).join('\n');
  await send(`${base}/insert/jsonline?_stream_fields=${streamFields}`, account, body);
  await untilFound(`${base}/select/logsql/query?query=*`, account, 'connection refused');
}

/** Numbers, of which 0:0 is meant where none is said. */
function tenantHeaders(tenant: string): Readonly<Record<string, string>> {
  return { AccountID: /^\d+$/.test(tenant) ? tenant : '99', ProjectID: '0' };
}
