import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Connection } from '../../plugin/cluster/connection/connection.ts';

/** Answers one request. */
export type Step = (response: ServerResponse) => void;

/** Stands in for an API server, to produce faults that a real one does not have on request. */
export interface WatchServer {
  readonly connection: Connection;
  /** Queries of the lists and watches requested so far, in order. */
  readonly lists: readonly URLSearchParams[];
  readonly watches: readonly URLSearchParams[];
  readonly stop: () => Promise<void>;
}

/**
 * The n-th list is answered by the n-th of `lists`, and watches likewise; the last one answers all further requests.
 */
export async function startWatchServer(lists: readonly Step[], watches: readonly Step[]): Promise<WatchServer> {
  const asked = { lists: [] as URLSearchParams[], watches: [] as URLSearchParams[] };
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const [before, steps] = searchParams.has('watch') ? [asked.watches, watches] : [asked.lists, lists];
    before.push(searchParams);
    steps[Math.min(before.length, steps.length) - 1]!(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...asked,
    connection: {
      server: new URL(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`),
      authenticate: () => Promise.resolve({}),
      close: () => undefined,
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A Service in namespace `team` at some resource version. */
export function versionOf(name: string, resourceVersion: number, port = 80): object {
  const metadata = { namespace: 'team', name, uid: `uid-${name}`, resourceVersion: String(resourceVersion) };
  return { kind: 'Service', apiVersion: 'v1', metadata, spec: { ports: [{ port }] } };
}

/** A list at some resource version. */
export function listed(resourceVersion: number, ...items: readonly object[]): Step {
  const body = { kind: 'ServiceList', apiVersion: 'v1', metadata: { resourceVersion: String(resourceVersion) }, items };
  return replying(200, JSON.stringify(body));
}

export function replying(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Step {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** A watch that sends this text and then stays open, or ends as `then` says. */
export function watched(text: string, then: (response: ServerResponse) => void = () => undefined): Step {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (text === '') then(response);
    else
      response.write(text, () => {
        then(response);
      });
  };
}

export function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}
