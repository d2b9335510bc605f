import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { markdownTable } from '../../docs/markdown.ts';
import { imageEnvironment } from '../cluster/support/program.ts';
import { measure } from './measure.ts';
import { heldOrMissed } from './report.ts';
import { commandOf } from '../support/built-program.ts';

/** Peak memory where a tenant fills a cluster with Services of the largest size that an API server takes. */
export interface LargeServicesResult {
  readonly services: number;
  readonly serviceKB: number;
  readonly generateMB: number;
  readonly serveMB: number;
}

const labels = 5_000;
const serviceBytes = 800_000;
/** Events of a watch, each with one such Service. */
const events = 200;

/** `program` against a server that answers as an API server with these Services does. */
export async function benchLargeServices(
  program: string,
  folder: string,
  services: number,
): Promise<LargeServicesResult> {
  const { server, watched } = await startServer(services);
  try {
    const kubeconfig = writeKubeconfig(folder, server);
    const path = join(folder, 'empty');
    mkdirSync(path, { recursive: true });
    const shared = ['--kubeconfig', kubeconfig];
    const generate = [...commandOf(program), 'generate', '--check', 'none', '--path', path, ...shared];
    const { peakMB } = await measure(generate, imageEnvironment);
    const serveMB = await peakOfServe([program, 'serve', '--listen', '127.0.0.1:0', ...shared], watched);
    return { services, serviceKB: serviceBytes / 1000, generateMB: peakMB, serveMB };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Until all Services are listed and every event of the watch has been sent. */
async function peakOfServe(args: readonly string[], watched: Promise<undefined>): Promise<number> {
  const child = spawn(process.execPath, args, {
    stdio: 'ignore',
    env: { ...process.env, ...imageEnvironment },
  });
  const exited = once(child, 'exit');
  try {
    await Promise.race([watched, exited.then(() => Promise.reject(new Error('serve has exited')))]);
    await delay(2_000);
    const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  } finally {
    child.kill('SIGKILL');
  }
}

interface Answering {
  readonly server: Server;
  /** Settles when a watch of Services has been sent all of its events. */
  readonly watched: Promise<undefined>;
}

async function startServer(count: number): Promise<Answering> {
  const watched = Promise.withResolvers<undefined>();
  const server = createServer((request, response) => {
    void answer(request, response, count).then((wasWatch) => {
      if (wasWatch) watched.resolve(undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, watched: watched.promise };
}

async function answer({ url = '' }: IncomingMessage, response: ServerResponse, count: number): Promise<boolean> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const kind = new Map(Object.entries(kinds)).get(pathname.split('/').at(-1) ?? '');
  if (kind === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"kind":"Status","apiVersion":"v1","reason":"NotFound","code":404}');
    return false;
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  if (searchParams.has('watch')) return watch(response, pathname);
  const total = pathname.endsWith('/services') ? count : 0;
  const from = Number(searchParams.get('continue') ?? 0);
  const to = Math.min(total, from + Number(searchParams.get('limit') ?? total));
  const rest = to < total ? { continue: String(to), remainingItemCount: total - to } : {};
  const metadata = JSON.stringify({ resourceVersion: '10', ...rest });
  await write(
    response,
    `{"kind":"${kind.kind}List","apiVersion":"${kind.apiVersion}","metadata":${metadata},"items":[`,
  );
  for (let index = from; index < to; index += 1) await write(response, `${index > from ? ',' : ''}${large(index)}`);
  response.end(']}');
  return false;
}

async function watch(response: ServerResponse, pathname: string): Promise<boolean> {
  response.flushHeaders();
  if (!pathname.endsWith('/services')) return false;
  const type = '"kind":"Service","apiVersion":"v1",';
  for (let index = 0; index < events; index += 1)
    await write(response, `{"type":"MODIFIED","object":{${type}${large(index, 20 + index).slice(1)}}\n`);
  return true;
}

async function write(response: ServerResponse, text: string): Promise<void> {
  // Settles where the connection is gone as well.
  await new Promise((resolve) => response.write(text, resolve));
}

const kinds = {
  services: { kind: 'Service', apiVersion: 'v1' },
  namespaces: { kind: 'Namespace', apiVersion: 'v1' },
  configmaps: { kind: 'ConfigMap', apiVersion: 'v1' },
  endpointslices: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' },
  applications: { kind: 'Application', apiVersion: 'argoproj.io/v1alpha1' },
} as const;

const labelTexts = Array.from({ length: labels }, (_, index) => {
  const key = `example.com/${'k'.repeat(50)}-${String(index)}`;
  return `"${key}":"${'v'.repeat(Math.min(63, serviceBytes / labels - key.length - 6))}"`;
});

const labelsText = labelTexts.join();
const padding = 'a'.repeat(Math.max(0, serviceBytes - labelsText.length));

function large(index: number, resourceVersion = 1): string {
  const metadata = `"name":"large-${String(index)}","namespace":"tenant","uid":"${String(index)}","resourceVersion":"${String(resourceVersion)}"`;
  return `{"metadata":{${metadata},"labels":{"app":"prometheus",${labelsText}},"annotations":{"example.com/note":"${padding}"}},"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","ports":[{"name":"web","port":9090}],"selector":{"app":"prometheus"}}}`;
}

function writeKubeconfig(folder: string, server: Server): string {
  const file = join(folder, 'kubeconfig');
  const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const named = (name: string, value: object): object => ({ name: 'bench', [name]: value });
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [named('cluster', { server: address, 'insecure-skip-tls-verify': true })],
    users: [named('user', { token: 'bench' })],
    contexts: [named('context', { cluster: 'bench', user: 'bench' })],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Bar for both commands. */
const barMB = 200;

export function renderLargeServices(results: readonly (LargeServicesResult & { readonly of: string })[]): string {
  return markdownTable(
    ['', 'Services', 'Size of each', '`generate`', '`serve`', 'Bar'],
    results.map(({ of, services, serviceKB, generateMB, serveMB }) => [
      of,
      services.toLocaleString('en-US'),
      `${String(serviceKB)} KB`,
      `${generateMB.toFixed(0)} MB`,
      `${serveMB.toFixed(0)} MB`,
      `< ${String(barMB)} MB: ${heldOrMissed(Math.max(generateMB, serveMB) < barMB)}`,
    ]),
    'numbers',
  );
}
