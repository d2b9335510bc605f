import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Worker } from 'node:worker_threads';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { answerOnLoopback } from './loopback.ts';
import type { Listening } from './loopback.ts';
import { service, slice } from './objects.ts';

/** How far a backend gets before it hangs. */
export const hungStages = ['connect', 'accept', 'headers', 'body'] as const;
export type HungStage = (typeof hungStages)[number];

/** Ports on 127.0.0.1: a Prometheus that answers, and servers that hang. */
export interface HungServers {
  readonly answering: number;
  /** Answers after 1.5 s. */
  readonly slow: number;
  readonly hung: Readonly<Record<HungStage, number>>;
  readonly stop: () => Promise<void>;
}

const buildInfo = JSON.stringify({ status: 'success', data: { version: '3.4.0' } });
const dripMs = 20;
const slowMs = 1_500;

export async function startHungServers(): Promise<HungServers> {
  const silent = await listenWithoutAccepting();
  const servers = await Promise.all(
    [
      (_: unknown, response: ServerResponse) => response.end(buildInfo),
      () => undefined,
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '10000' }).flushHeaders();
      },
      drip,
      (_: unknown, response: ServerResponse) => setTimeout(() => response.end(buildInfo), slowMs),
    ].map(answerOnLoopback),
  );
  const [answering = 0, accept = 0, headers = 0, body = 0, slow = 0] = servers.map(({ port }) => port);
  return {
    answering,
    slow,
    hung: { connect: silent.port, accept, headers, body },
    stop: async () => {
      await Promise.all([...servers, silent].map(({ stop }) => stop()));
    },
  };
}

/** Sends one byte after another, and never the last. */
function drip(_: unknown, response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), dripMs);
  response.on('close', () => {
    clearInterval(timer);
  });
}

/** A thread that fills its own backlog and never returns to its event loop: the kernel answers no further SYN. */
async function listenWithoutAccepting(): Promise<Pick<Listening, 'port' | 'stop'>> {
  const worker = new Worker(
    `const { connect, createServer } = require('node:net');
     const { parentPort } = require('node:worker_threads');
     const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       const { port } = server.address();
       for (let count = 0; count < 8; count += 1) connect(port, '127.0.0.1');
       parentPort.postMessage(port);
       process.nextTick(() => process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)));
     });`,
    { eval: true },
  );
  const [port] = (await once(worker, 'message')) as [number];
  return {
    port,
    stop: async () => {
      await worker.terminate();
    },
  };
}

/** A Prometheus on 127.0.0.1, with a ready endpoint and pods of its own. */
export function prometheusAt(port: number, namespace: string, name: string, app = name): readonly KubeObject[] {
  const one = service({
    namespace,
    name,
    labels: { 'app.kubernetes.io/name': 'prometheus', 'app.kubernetes.io/instance': app },
    ports: [{ name: 'web', port }],
    selector: { app },
  });
  const local = { ...one, spec: { ...(one.spec as object), clusterIP: '127.0.0.1' } };
  return [local, slice(local)];
}
