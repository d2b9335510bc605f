import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startManagedScene } from '../cluster/managed-scene.ts';
import { toolsetYaml } from '../cluster/program.ts';
import { realisticServices } from './services.ts';

const services = 10_000;
const perSecond = 100;
const seconds = 10;
const mebibyte = 1024 * 1024;

/** Latency of a mix of requests that are sent at a fixed rate, whether earlier ones were answered or not. */
export interface Latency {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

export interface ApiResult {
  readonly services: number;
  readonly perSecond: number;
  readonly quiet: Latency;
  /** While Services change once a second. */
  readonly changing: Latency;
  /** Beside slowloris, half-open connections, endless bodies and thousands of headers. */
  readonly hostile: Latency;
  /** Beside 500 event streams. */
  readonly streams: Latency;
  readonly rssMB: number;
  /** Before anybody asked. */
  readonly rssBeforeMB: number;
  /** CPU time of `serve` for one request. */
  readonly cpuMs: number;
}

const paths = [
  '/api/v1/toolsets',
  '/api/v1/toolsets/prometheus/metrics',
  '/api/v1/services?limit=50',
  '/api/v1/explain?limit=50',
  '/api/v1/explain?decision=ignored&sort=service&limit=50&offset=2000',
  '/api/v1/explain?search=team-1&limit=50',
  '/api/v1/applications',
  '/api/v1/configmaps',
];

/** The API of `serve` with many Services, under a mixed load. */
export async function benchApi(): Promise<ApiResult> {
  const scene = await startManagedScene(async ({ cluster, manage }) => {
    await cluster.seedServices(realisticServices(services));
    await manage('one', { 'toolset.yaml': toolsetYaml({ health: { check: 'none' } }) });
  });
  const { serve, cluster } = scene;
  try {
    const rules = [{ nonResourceURLs: ['/dynamic-toolset/api/*'], verbs: ['get', 'post'] }];
    const token = await scene.tokenFor('reader', rules);
    const measure = (): Promise<Latency> => load(serve.url, token);
    const rssBeforeMB = rssOf(serve.pid);
    await measure();
    const before = cpuOf(serve.pid);
    const quiet = await measure();
    const cpuMs = (cpuOf(serve.pid) - before) / (perSecond * seconds);
    const change = setInterval(() => {
      const change = String(performance.now());
      void cluster.kubectl(['annotate', '--overwrite', 'service', 'kubernetes', `example.com/change=${change}`]);
    }, 1_000);
    const changing = await measure().finally(() => {
      clearInterval(change);
    });
    // In a process of its own, or its work would count as waiting.
    const attack = spawn(process.execPath, [import.meta.filename, serve.url, token], { stdio: 'ignore' });
    const hostile = await measure().finally(() => attack.kill());
    const listening = await startStreams(serve.url, token);
    const streams = await measure().finally(listening.stop);
    return { services, perSecond, quiet, changing, hostile, streams, rssMB: rssOf(serve.pid), rssBeforeMB, cpuMs };
  } finally {
    await scene.stop();
  }
}

async function load(url: string, token: string): Promise<Latency> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  let failed = 0;
  const start = performance.now();
  const asked: Promise<void>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const due = start + (index * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    const path = paths[index % paths.length]!;
    asked.push(
      get(url + path, token, agent).then((status) => {
        // From when it was due: a client that waits for others waits all the same.
        times.push(performance.now() - due);
        if (status !== 200) failed += 1;
      }),
    );
  }
  await Promise.all(asked);
  agent.destroy();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), failed };
}

function get(url: string, token: string, agent: Agent): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
    response.resume().on('end', () => {
      resolve(response.statusCode ?? 0);
    });
  })
    .on('error', () => {
      resolve(0);
    })
    .end();
  return promise;
}

interface Running {
  readonly stop: () => void;
}

/** Three hundred connections that each do harm in one way, and come again when they are cut off. */
function startAttack(url: string, token: string): void {
  const sockets = new Set<Socket>();
  const headers = Array.from({ length: 10_000 }, (_, index) => `x-${String(index)}: 1\r\n`).join('');
  const post = 'POST /api/v1/discover HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
  const body = `${post}authorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
  const ways: readonly ((socket: Socket) => void)[] = [
    () => undefined,
    (socket) => void socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n'),
    (socket) => void socket.write(`GET /healthz HTTP/1.1\r\nhost: a\r\n${headers}\r\n`),
    (socket) => {
      socket.write(body);
      const more = (): void => {
        while (!socket.destroyed && socket.bytesWritten < 1024 * mebibyte && socket.write(chunk));
      };
      socket.on('drain', more);
      more();
    },
  ];
  const open = (way: number): void => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('connect', () => {
        ways[way]!(socket);
      });
    socket.resume().on('close', () => {
      sockets.delete(socket);
      // As a script would; without a pause this process would be busy with nothing else.
      setTimeout(open, 500, way);
    });
  };
  for (let index = 0; index < 300; index += 1) open(index % ways.length);
  setInterval(() => {
    for (const socket of sockets) if (socket.bytesWritten > 0 && socket.bytesWritten < 1_000) socket.write('x: y\r\n');
  }, 1_000);
}

async function startStreams(url: string, token: string): Promise<Running> {
  const agent = new Agent();
  const open = (): Promise<unknown> => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    request(`${url}/api/v1/events`, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.on('error', () => undefined).resume();
      resolve(undefined);
    })
      .on('error', () => undefined)
      .end();
    return promise;
  };
  await Promise.all(Array.from({ length: 500 }, open));
  return {
    stop: () => {
      agent.destroy();
    },
  };
}

function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
}

/** Of /proc: `getconf CLK_TCK` is 100 on Linux. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    .split(') ')[1]!
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const [, , attacked, token] = process.argv;
if (import.meta.main && attacked !== undefined && token !== undefined) startAttack(attacked, token);
else if (import.meta.main) console.log(JSON.stringify(await benchApi(), null, 2));
