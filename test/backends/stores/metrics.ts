import { prometheusApi } from '../../../detectors/stores/apis.ts';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { freePort } from '../../cluster/parts/process.ts';
import { listenOnLoopback } from '../../support/loopback.ts';
import { backendTool, backendVersion, installedVersion, missingBackend } from '../../tools/backends.ts';
import { remoteWriteBody, remoteWriteHeaders } from '../data/remote-write.ts';
import type { Series } from '../data/remote-write.ts';
import { labelsOf, writersOf } from '../data/schemes.ts';
import type { Scheme } from '../data/schemes.ts';
import { clustersOf, firstQueriesOf, scopeOrgId, send, startProgram, untilFound, valuesOf } from './store.ts';
import type { Ground, RunningStore, StoreKind, Tenant } from './store.ts';

/** What is the same of all that speak Prometheus' language, below the path at which they do. */
function promql(
  path: string,
): Pick<StoreKind, 'isReal' | 'toolset' | 'names' | 'takes' | 'tenantHeaders' | 'questions'> {
  return {
    isReal: true,
    toolset: 'prometheus/metrics',
    names: (scheme) => scheme.metrics,
    takes: () => true,
    tenantHeaders: scopeOrgId,
    questions: ({ metrics, ...scheme }) => [
      `${path}/api/v1/labels`,
      ...clustersOf(prometheusApi, path, metrics, scheme),
      ...valuesOf(path, metrics),
      ...firstQueriesOf('prometheus/metrics', path, metrics),
      `${path}/api/v1/status/buildinfo`,
      `${path}/api/v1/query?query=1`,
    ],
  };
}

export const prometheus: StoreKind = {
  ...promql(''),
  id: 'prometheus',
  title: 'Prometheus',
  service: { labels: { 'app.kubernetes.io/name': 'prometheus' }, portName: 'http-web' },
  tenants: [null],
  missing: () => (installedVersion('prometheus') === null ? 'apt-get install prometheus' : null),
  version: () => installedVersion('prometheus') ?? '',
  start: startPrometheus,
};

async function startPrometheus(ground: Ground, scheme: Scheme): Promise<RunningStore> {
  const port = await freePort();
  const flags = ['--storage.tsdb.path=data', '--web.enable-remote-write-receiver', '--log.level=warn'];
  const args = (folder: string): readonly string[] => {
    writeFileSync(join(folder, 'prometheus.yml'), '');
    return [...flags, '--config.file=prometheus.yml', `--web.listen-address=127.0.0.1:${port}`];
  };
  const store = await startProgram(ground, 'prometheus', 'prometheus', port, args, '/-/ready');
  await write(`http://127.0.0.1:${port}/api/v1/write`, scheme, null);
  await untilQueried(`http://127.0.0.1:${port}`, null);
  return store;
}

export const victoriametrics: StoreKind = {
  ...promql(''),
  id: 'victoriametrics',
  title: 'VictoriaMetrics',
  service: { labels: { 'app.kubernetes.io/name': 'victoria-metrics-single' }, portName: 'http' },
  tenants: [null],
  missing: () => missingBackend('victoria-metrics'),
  version: () => backendVersion('victoria-metrics'),
  start: startVictoriaMetrics,
};

async function startVictoriaMetrics(ground: Ground, scheme: Scheme): Promise<RunningStore> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const flags = [`-httpListenAddr=127.0.0.1:${port}`, '-storageDataPath=data', '-search.latencyOffset=0s'];
  const program = backendTool('victoria-metrics');
  const store = await startProgram(ground, 'victoria-metrics', program, port, () => flags, '/health');
  await write(`${base}/api/v1/write`, scheme, null);
  // A query before that is answered without the data for another 10 s.
  await send(`${base}/internal/force_flush`, {}, '');
  await untilQueried(base, null);
  return store;
}

const tenantPath = '/select/0/prometheus';

/** The single node's program at the paths of a cluster's vmselect, whose versions the module proxy refuses. */
export const vmselect: StoreKind = {
  ...promql(tenantPath),
  id: 'vmselect',
  isReal: false,
  title: "VictoriaMetrics at a cluster's paths",
  service: { labels: { 'app.kubernetes.io/name': 'vmselect' }, portName: 'http' },
  tenants: [null],
  missing: () => missingBackend('victoria-metrics'),
  version: () => backendVersion('victoria-metrics'),
  start: async (ground, scheme) => {
    const single = await startVictoriaMetrics(ground, scheme);
    const proxy = createServer((from, to) => {
      const { url = '', method, headers } = from;
      const path = url.startsWith(`${tenantPath}/`)
        ? url.slice(tenantPath.length)
        : url === '/health'
          ? url
          : '/unsupported';
      const passed = request({ host: '127.0.0.1', port: single.port, path, method, headers }, (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      });
      passed.on('error', () => to.destroy());
      from.pipe(passed);
    });
    const { port, stop } = await listenOnLoopback(proxy);
    return { port, stop: () => Promise.all([stop(), single.stop()]).then(() => undefined) };
  },
};

export const thanos: StoreKind = {
  ...promql(''),
  id: 'thanos',
  title: 'Thanos',
  service: { labels: { 'app.kubernetes.io/name': 'thanos-query' }, portName: 'http' },
  tenants: [null],
  missing: () => missingBackend('thanos'),
  version: () => backendVersion('thanos'),
  start: startThanos,
};

/** What takes remote write, and the querier in front of it. */
async function startThanos(ground: Ground, scheme: Scheme): Promise<RunningStore> {
  const port = await freePort();
  const querierPort = await freePort();
  const free = async (): Promise<string> => `127.0.0.1:${await freePort()}`;
  const [store, push] = [await free(), await free()];
  const receive = [
    ...['receive', '--tsdb.path=data', '--label=replica="a"', `--grpc-address=${store}`],
    ...[`--http-address=127.0.0.1:${port}`, `--remote-write.address=${push}`],
    `--receive.capnproto-address=${await free()}`,
  ];
  const query = ['query', `--http-address=127.0.0.1:${querierPort}`, `--grpc-address=${await free()}`];
  const program = backendTool('thanos');
  const receiver = await startProgram(ground, 'thanos-receive', program, port, () => receive, '/-/ready');
  const flags = [...query, `--endpoint=${store}`];
  const querier = await startProgram(ground, 'thanos-query', program, querierPort, () => flags, '/-/ready');
  await write(`http://${push}/api/v1/receive`, scheme, null);
  await untilQueried(`http://127.0.0.1:${querierPort}`, null);
  return { port: querierPort, stop: () => Promise.all([querier.stop(), receiver.stop()]).then(() => undefined) };
}

export const cortex: StoreKind = {
  ...promql('/prometheus'),
  id: 'cortex',
  title: 'Cortex',
  service: {
    labels: { 'app.kubernetes.io/name': 'cortex', 'app.kubernetes.io/component': 'query-frontend' },
    portName: 'http-metrics',
  },
  tenants: [null, '1', 'anonymous', 'fake', 'team-checkout'],
  missing: () => missingBackend('cortex'),
  version: () => backendVersion('cortex'),
  start: startCortex,
};

async function startCortex(ground: Ground, scheme: Scheme, tenant: Tenant): Promise<RunningStore> {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const args = (folder: string): readonly string[] => {
    const file = join(folder, 'cortex.yaml');
    writeFileSync(file, JSON.stringify(cortexConfig(folder, port, grpcPort, tenant !== null)));
    return ['-config.file', file];
  };
  const store = await startProgram(ground, 'cortex', backendTool('cortex'), port, args, '/ready');
  await write(`http://127.0.0.1:${port}/api/v1/push`, scheme, tenant);
  await untilQueried(`http://127.0.0.1:${port}/prometheus`, tenant);
  return store;
}

/** What writes and what is queried, in one process. Ready at once, instead of after 15 s. */
function cortexConfig(folder: string, port: number, grpcPort: number, isMultiTenant: boolean): unknown {
  const server = { http_listen_address: '127.0.0.1', grpc_listen_address: '127.0.0.1', log_level: 'warn' };
  const ring = { kvstore: { store: 'inmemory' } };
  const lifecycler = { address: '127.0.0.1', min_ready_duration: '0s', final_sleep: '0s', num_tokens: 1 };
  return {
    target: 'distributor,ingester,querier',
    auth_enabled: isMultiTenant,
    server: { ...server, http_listen_port: port, grpc_listen_port: grpcPort },
    distributor: { ring: { ...ring, instance_addr: '127.0.0.1' }, shard_by_all_labels: true },
    ingester: { lifecycler: { ...lifecycler, ring: { ...ring, replication_factor: 1 } } },
    querier: { store_gateway_addresses: '127.0.0.1:1', query_ingesters_within: '13h', query_store_after: '12h' },
    blocks_storage: {
      backend: 'filesystem',
      tsdb: { dir: join(folder, 'tsdb') },
      bucket_store: { sync_dir: join(folder, 'sync') },
      filesystem: { dir: join(folder, 'blocks') },
    },
  };
}

async function write(url: string, scheme: Scheme, tenant: Tenant): Promise<void> {
  const headers = tenant === null ? {} : scopeOrgId(tenant);
  const body = remoteWriteBody(seriesOf(scheme));
  await send(url, { ...remoteWriteHeaders, ...headers }, Buffer.from(body));
}

async function untilQueried(base: string, tenant: Tenant): Promise<void> {
  const headers = tenant === null ? {} : scopeOrgId(tenant);
  await untilFound(`${base}/api/v1/query?query=container_cpu_usage_seconds_total`, headers, '"worker-1"');
}

/** A counter of cAdvisor's and one gauge, four minutes of each. */
function seriesOf(scheme: Scheme): readonly Series[] {
  const now = Date.now();
  const times = Array.from({ length: 17 }, (_, index) => now - (16 - index) * 15_000);
  const metrics = ['container_cpu_usage_seconds_total', 'container_memory_working_set_bytes', 'up'];
  return metrics.flatMap((metric) =>
    writersOf(scheme).map(({ pod, constant }) => ({
      labels: { __name__: metric, job: 'kubelet', instance: pod.node, ...labelsOf(pod, scheme.metrics, constant) },
      samples: times.map((ms, index) => ({ ms, value: index + 1 })),
    })),
  );
}
