import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { ProbeRequest } from '../../../../plugin/cluster/probe/probe.ts';
import { selfSigned } from '../../../support/certificate.ts';
import { listenOnLoopback } from '../../../support/loopback.ts';
import type { Listening } from '../../../support/loopback.ts';

/** One attempt at a server on 127.0.0.1 that nothing is known about; `more` replaces parts of it. */
export function probeRequest(
  port: number,
  more: Partial<ProbeRequest> & { readonly path?: string } = {},
): ProbeRequest {
  const { path = '/', ...others } = more;
  return {
    namespace: 'team',
    service: null,
    detector: 'any',
    scheme: 'http',
    target: `127.0.0.1:${String(port)}${path}`,
    clusterIP: '127.0.0.1',
    accept: [200],
    contains: ['"ok"'],
    settleScheme: false,
    findPrefix: false,
    hostNames: [],
    access: null,
    timeoutSeconds: 5,
    attempts: 1,
    intervalSeconds: 0,
    ...others,
  };
}

/** A server on 127.0.0.1, with what it was asked. */
export interface Backend {
  readonly port: number;
  readonly requests: IncomingMessage[];
}

/** Starts servers, which end with the test. */
export interface Backends {
  readonly http: (listener: RequestListener) => Promise<Backend>;
  /** With a certificate for these names, or for 127.0.0.1. */
  readonly https: (listener: RequestListener, names?: readonly string[], options?: ServerOptions) => Promise<Backend>;
  readonly tcp: (onConnection: (socket: Socket) => void) => Promise<Backend>;
}

/** Called in a `describe`. */
export function backends(): Backends {
  const open: Listening[] = [];

  async function listen(server: Server, requests: IncomingMessage[]): Promise<Backend> {
    server.on('request', (request: IncomingMessage) => requests.push(request));
    const listening = await listenOnLoopback(server);
    open.push(listening);
    return { port: listening.port, requests };
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map(({ stop }) => stop()));
  });
  return {
    http: (listener) => listen(createServer(listener), []),
    https: (listener, names, options) =>
      listen(createTlsServer({ ...selfSigned('test', names), ...options }, listener), []),
    tcp: (onConnection) => listen(createTcpServer(onConnection), []),
  };
}
