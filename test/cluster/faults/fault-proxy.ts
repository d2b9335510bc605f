import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { listenOnLoopback } from '../../support/loopback.ts';
import type { Cluster } from '../parts/cluster.ts';
import { relay, sendStub } from './faults.ts';
import type { Fault, Limit, ProxiedRequest } from './faults.ts';

/** Decides for each request; `index` counts them from 0. */
export type FaultRule = (request: { readonly method: string; readonly url: string }, index: number) => Fault | null;

export interface FaultProxy {
  /** HTTPS with the API server's own certificate: clients trust it as they trust the cluster. */
  readonly url: string;
  readonly requests: readonly Readonly<ProxiedRequest>[];
  /** Closes every connection, watches included; new ones are accepted. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: ProxiedRequest;
}

interface Upstream {
  readonly url: string;
  readonly agent: Agent;
}

/**
 * Stands between a client and the API server, at a port that is free unless one is given. Connection upgrades (exec,
 * port-forward) are not passed on.
 */
export async function startFaultProxy(
  cluster: Pick<Cluster, 'url' | 'ca' | 'certFile' | 'keyFile'>,
  fault: FaultRule,
  port = 0,
): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = [];
  const upstream = { url: cluster.url, agent: new Agent({ ca: cluster.ca, keepAlive: true }) };
  const identity = { cert: await readFile(cluster.certFile), key: await readFile(cluster.keyFile) };
  const server = createServer(identity, (request, response) => {
    const { method = '', url = '' } = request;
    const record = { method, url, status: 0, bodyBytes: 0 };
    const chosen = fault({ method, url }, requests.push(record) - 1);
    answer({ request, response, record }, chosen, upstream).catch(() => response.destroy());
  });
  const { port: listening, cut, stop } = await listenOnLoopback(server, port);
  return {
    url: `https://127.0.0.1:${String(listening)}`,
    requests,
    cut,
    stop: async () => {
      upstream.agent.destroy();
      await stop();
    },
  };
}

async function answer(exchange: Exchange, fault: Fault | null, upstream: Upstream): Promise<void> {
  const gone = new AbortController();
  exchange.response.once('close', () => {
    gone.abort();
  });
  switch (fault?.kind) {
    case 'status':
    case 'replace':
      exchange.request.resume();
      sendStub(exchange.response, exchange.record, fault);
      return;
    case 'slow':
      await delay(fault.delayMs, undefined, { signal: gone.signal });
      return forward(exchange, upstream, null, gone.signal);
    case 'cut':
    case 'hang':
    case 'truncate':
      return forward(exchange, upstream, fault, gone.signal);
    case undefined:
      return forward(exchange, upstream, null, gone.signal);
  }
}

/** A client that goes away ends the request upstream, watches included. Counting bytes wants them uncompressed. */
async function forward(
  { request, response, record }: Exchange,
  upstream: Upstream,
  limit: Limit | null,
  signal: AbortSignal,
): Promise<void> {
  const headers = { ...request.headers, connection: 'keep-alive' };
  if (limit) headers['accept-encoding'] = 'identity';
  const { agent } = upstream;
  const outgoing = httpsRequest(new URL(record.url, upstream.url), { agent, method: record.method, headers, signal });
  request.pipe(outgoing);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  await relay(incoming, response, record, limit);
}
