import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../parts/cluster.ts';

/** Long enough for the rest of an answer on loopback, if it came at all. */
const silenceMs = 500;

/** What reached a client, and how it ended: as it should, broken, or not at all. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly end: 'end' | 'error' | 'none';
}

/** An admin's GET on a connection of its own, up to the headers of the answer. */
export async function openRequest(cluster: Cluster, url: URL): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${cluster.adminToken}` };
  const request = httpsRequest(url, { ca: cluster.ca, headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** Reads until the answer ends or breaks, or has not ended for a while. */
export async function receive(opened: Promise<IncomingMessage>): Promise<Received> {
  const response = await opened;
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  const end = await Promise.race([
    once(response, 'end').then(
      () => 'end' as const,
      () => 'error' as const,
    ),
    delay(silenceMs, 'none' as const),
  ]);
  response.destroy();
  const { statusCode: status = 0, headers } = response;
  return { status, headers, end, body: Buffer.concat(chunks).toString() };
}
