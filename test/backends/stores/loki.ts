import { lokiApi } from '../../../detectors/stores/apis.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../cluster/parts/process.ts';
import { backendTool, backendVersion, missingBackend } from '../../tools/backends.ts';
import { attributes, nanoseconds } from '../data/otlp.ts';
import { labelsOf, pods, semantic, underscored, writersOf } from '../data/schemes.ts';
import type { Names, Scheme } from '../data/schemes.ts';
import {
  clustersOf,
  firstQueriesOf,
  scopeOrgId,
  send,
  startProgram,
  tenantsOf,
  untilFound,
  valuesOf,
} from './store.ts';
import type { Ground, RunningStore, StoreKind, Tenant } from './store.ts';

export const loki: StoreKind = {
  id: 'loki',
  isReal: true,
  title: 'Loki',
  service: { labels: { 'app.kubernetes.io/name': 'loki' }, portName: 'http-metrics' },
  toolset: 'grafana/loki',
  tenants: [null, '1', 'anonymous', 'fake', 'team-checkout'],
  tenantHeaders: scopeOrgId,
  missing: () => missingBackend('loki'),
  version: () => backendVersion('loki'),
  names: namesOf,
  takes: () => true,
  start,
  questions: (scheme) => [
    '/loki/api/v1/status/buildinfo',
    '/loki/api/v1/labels',
    ...valuesOf('/loki', namesOf(scheme)),
    ...firstQueriesOf('grafana/loki', '', namesOf(scheme)),
    ...clustersOf(lokiApi, '', namesOf(scheme), scheme),
  ],
};

/** Loki makes labels of OpenTelemetry's attributes, but not of the node's. */
function namesOf({ loki: names }: Scheme): Names {
  if (names !== 'otlp') return names;
  const { node, ...labels } = underscored(semantic);
  return labels;
}

async function start(ground: Ground, scheme: Scheme, tenant: Tenant): Promise<RunningStore> {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const args = (folder: string): readonly string[] => {
    const file = join(folder, 'loki.yaml');
    writeFileSync(file, JSON.stringify(config(folder, port, grpcPort, tenant !== null)));
    return ['-config.file', file];
  };
  const store = await startProgram(ground, 'loki', backendTool('loki'), port, args, '/ready');
  for (const one of tenantsOf(tenant)) await fill(port, scheme, one);
  return store;
}

/** Everything in one process. Ready at once, instead of after 15 s. */
function config(folder: string, port: number, grpcPort: number, isMultiTenant: boolean): unknown {
  const server = { http_listen_address: '127.0.0.1', grpc_listen_address: '127.0.0.1', log_level: 'warn' };
  const filesystem = { chunks_directory: join(folder, 'chunks'), rules_directory: join(folder, 'rules') };
  const index = { prefix: 'index_', period: '24h' };
  return {
    auth_enabled: isMultiTenant,
    server: { ...server, http_listen_port: port, grpc_listen_port: grpcPort },
    common: {
      path_prefix: folder,
      instance_addr: '127.0.0.1',
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
      storage: { filesystem },
    },
    // Parts of one process find each other at their first look, instead of after 10 s.
    frontend: { scheduler_dns_lookup_period: '200ms' },
    frontend_worker: { dns_lookup_duration: '200ms' },
    ingester: { lifecycler: { min_ready_duration: '0s', final_sleep: '0s' } },
    schema_config: {
      configs: [{ from: '2024-01-01', store: 'tsdb', object_store: 'filesystem', schema: 'v13', index }],
    },
    limits_config: { volume_enabled: true },
    analytics: { reporting_enabled: false },
  };
}

async function fill(port: number, scheme: Scheme, tenant: Tenant): Promise<void> {
  const base = `http://127.0.0.1:${port}`;
  const headers = tenant === null ? {} : scopeOrgId(tenant);
  const json = { 'content-type': 'application/json', ...headers };
  if (scheme.loki === 'otlp') await send(`${base}/otlp/v1/logs`, json, JSON.stringify(otlp()));
  else await send(`${base}/loki/api/v1/push`, json, JSON.stringify(streams(scheme, scheme.loki)));
  await untilFound(`${base}/loki/api/v1/labels`, headers, '"data"');
}

function streams(scheme: Scheme, names: Exclude<Scheme['loki'], 'otlp'>): unknown {
  return {
    streams: writersOf(scheme).map(({ pod, constant }) => ({
      stream: { ...labelsOf(pod, names), ...constant },
      values: [[nanoseconds(), `level=error msg="connection refused" from ${pod.container}`]],
    })),
  };
}

/** As the OpenTelemetry Collector sends it: which attributes become labels is Loki's own choice. */
function otlp(): unknown {
  return {
    resourceLogs: pods.map((pod) => ({
      resource: { attributes: attributes(labelsOf(pod, semantic)) },
      scopeLogs: [{ logRecords: [{ timeUnixNano: nanoseconds(), body: { stringValue: 'connection refused' } }] }],
    })),
  };
}
