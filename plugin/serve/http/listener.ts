import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { PluginError, reasonOf } from '../../lib/errors.ts';
import { documentOf, Problem, problems } from './problem.ts';
import type { ProblemName } from './problem.ts';
import type { Certificate } from './tls.ts';

export interface ListenOptions {
  /** `null` for every address, of IPv4 alone where there is no IPv6. */
  readonly host: string | null;
  /** 0 for any free one. */
  readonly port: number;
  /** `null` for plain HTTP. */
  readonly certificate: Certificate | null;
}

export interface Listener {
  readonly port: number;
  /** From now on each answer is the last one of its connection. */
  readonly drain: () => void;
  /** Takes no more connections, lets answers end that are on their way, and cuts off what has not after `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** What a client may take up of the process: it has so long for its headers, and for all of its request. */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
} satisfies ServerOptions;
const maxConnections = 4_000;
/** Of one address, behind which many may be. */
const maxConnectionsOfOne = 1_000;
/** A connection on which nothing goes in either direction. */
const silentMs = 120_000;

/** Serves on an address. Fails with USAGE where it cannot. */
export async function listen(handle: RequestListener, options: ListenOptions): Promise<Listener> {
  const { host, port, certificate } = options;
  let draining = false;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (draining) response.setHeader('connection', 'close');
    handle(request, response);
  };
  const server = certificate === null ? createServer(limits, onRequest) : tlsServer(certificate, onRequest);
  server.maxConnections = maxConnections;
  server.setTimeout(silentMs);
  limitAddresses(server);
  server.on('clientError', refuse);
  await bind(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => {
      draining = true;
      server.closeIdleConnections();
    },
    close: (graceMs) => close(server, graceMs),
  };
}

function tlsServer(certificate: Certificate, onRequest: RequestListener): Server {
  const server = createTlsServer(
    { ...limits, ...certificate.current(), minVersion: 'TLSv1.2', handshakeTimeout: 10_000 },
    onRequest,
  );
  certificate.onChange((changed) => {
    server.setSecureContext({ ...changed, minVersion: 'TLSv1.2' });
  });
  return server;
}

/** One client that opens connections without end leaves room for the others. */
function limitAddresses(server: Server): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const others = open.get(address) ?? 0;
    if (others >= maxConnectionsOfOne) {
      socket.destroy();
      return;
    }
    open.set(address, others + 1);
    socket.once('close', () => {
      const rest = (open.get(address) ?? 1) - 1;
      if (rest > 0) open.set(address, rest);
      else open.delete(address);
    });
  });
}

const byCode: Readonly<Record<string, readonly [ProblemName, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'All headers together may have 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'Headers have to arrive within 10 s, all of a request within 30 s.'],
};

/** What is no HTTP never becomes a request: it is answered here, and the connection ends. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(
    ...(byCode[error.code ?? ''] ?? (['invalid-request', 'This is no HTTP/1.1 request.'] as const)),
  );
  const body = JSON.stringify(documentOf(problem));
  const { status, title } = problems[problem.problem];
  const head = [
    `HTTP/1.1 ${String(status)} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${String(Buffer.byteLength(body))}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

async function bind(server: Server, host: string | null, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, host ?? undefined, () => {
    resolve(undefined);
  });
  await promise.catch((cause: unknown) => {
    throw new PluginError('USAGE', `--listen ${host ?? ''}:${String(port)} does not work: ${reasonOf(cause)}`, {
      hint: 'choose another address or port, or end what listens there',
      cause,
    });
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  server.close(() => {
    resolve(undefined);
  });
  server.closeIdleConnections();
  await promise;
  clearTimeout(timer);
}
