import { freePort } from '../../cluster/parts/process.ts';
import { backendTool, backendVersion, missingBackend } from '../../tools/backends.ts';
import { labelsOf, pods } from '../data/schemes.ts';
import type { Scheme } from '../data/schemes.ts';
import { attributes, nanoseconds } from '../data/otlp.ts';
import { send, startProgram, untilFound } from './store.ts';
import type { Ground, RunningStore, StoreKind } from './store.ts';

export const jaeger: StoreKind = {
  id: 'jaeger',
  isReal: true,
  title: 'Jaeger',
  service: {
    labels: { 'app.kubernetes.io/name': 'jaeger', 'app.kubernetes.io/component': 'query' },
    portName: 'query',
  },
  toolset: 'jaeger/tracing',
  tenants: [null],
  tenantHeaders: (tenant) => ({ 'x-tenant': tenant }),
  missing: () => missingBackend('jaeger'),
  version: () => backendVersion('jaeger'),
  names: (scheme) => scheme.traces,
  takes: () => true,
  start,
  questions: () => ['/api/services', '/api/services/cart/operations'],
};

async function start(ground: Ground, scheme: Scheme): Promise<RunningStore> {
  const port = await freePort();
  const receiver = await freePort();
  const others = [
    'query.grpc-server',
    'collector.grpc-server',
    'collector.http-server',
    'collector.otlp.grpc',
    'admin.http',
  ];
  const rest = await Promise.all(others.map(async (name) => `--${name}.host-port=127.0.0.1:${await freePort()}`));
  const flags = [
    `--query.http-server.host-port=127.0.0.1:${port}`,
    `--collector.otlp.http.host-port=127.0.0.1:${receiver}`,
    ...['--collector.otlp.enabled=true', '--log-level=warn', ...rest],
  ];
  const store = await startProgram(ground, 'jaeger', backendTool('jaeger'), port, () => flags, '/api/services');
  await fill(port, receiver, scheme);
  return store;
}

async function fill(port: number, receiver: number, { traces: names, constant }: Scheme): Promise<void> {
  const resourceSpans = pods.map((pod, index) => ({
    resource: { attributes: attributes(labelsOf(pod, names, constant)) },
    scopeSpans: [{ spans: [span(index + 1)] }],
  }));
  await send(
    `http://127.0.0.1:${receiver}/v1/traces`,
    { 'content-type': 'application/json' },
    JSON.stringify({ resourceSpans }),
  );
  await untilFound(`http://127.0.0.1:${port}/api/services`, {}, 'cart');
}

function span(number: number): unknown {
  const id = number.toString(16).padStart(16, '0');
  const times = { startTimeUnixNano: nanoseconds(), endTimeUnixNano: nanoseconds() };
  return { traceId: id.repeat(2), spanId: id, name: 'GET /', kind: 2, ...times };
}
