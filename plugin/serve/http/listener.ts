import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { PluginError, reasonOf } from '../../lib/errors.ts';
import { oneAtATime } from './limits/pipelining.ts';
import { documentOf, problems } from './problem.ts';
import type { Problem } from './problem.ts';
import { problemFor } from './problem-details.ts';
import type { Certificate } from './tls.ts';
import { getOwn } from '../../lib/json.ts';

export interface ListenOptions {
  /** `null` for all addresses; IPv4 only if the system has no IPv6. */
  readonly host: string | null;
  /** 0 for any free port. */
  readonly port: number;
  /** `null` for plain HTTP. */
  readonly certificate: Certificate | null;
}

export interface Listener {
  readonly port: number;
  /** From now on, each response closes its connection. */
  readonly drain: () => void;
  /**
   * Stops accepting connections, finishes responses in progress, and closes the remaining connections after `graceMs`.
   */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Limits per connection: size of the headers, and time for the headers and for the whole request. */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
} satisfies ServerOptions;
const maxConnections = 4_000;
/** Per remote address; several clients may share one. */
const maxConnectionsPerAddress = 1_000;
/** Closes a connection without traffic in either direction. */
const idleTimeoutMs = 120_000;

/** Listens on an address; fails with USAGE if that is impossible. */
export async function listen(handle: RequestListener, options: ListenOptions): Promise<Listener> {
  const { host, port, certificate } = options;
  let draining = false;
  const onRequest = oneAtATime((request, response) => {
    if (draining) response.setHeader('connection', 'close');
    handle(request, response);
  });
  const server = certificate === null ? createServer(limits, onRequest) : tlsServer(certificate, onRequest);
  server.maxConnections = maxConnections;
  server.setTimeout(idleTimeoutMs);
  const connections = connectionsOf(server);
  server.on('clientError', rejectConnection);
  await bind(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => {
      draining = true;
      server.closeIdleConnections();
    },
    close: (graceMs) => close(server, connections, graceMs),
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

/** Keyed by remote address. */
type Connections = ReadonlyMap<string, ReadonlySet<Socket>>;

/**
 * The open connections, including those still in their TLS handshake, which Node's own list lacks. Limits each address,
 * so that its connections cannot use up everyone's.
 */
function connectionsOf(server: Server): Connections {
  const open = new Map<string, Set<Socket>>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const others = open.get(address) ?? new Set();
    if (others.size >= maxConnectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.set(address, others.add(socket));
    socket.once('close', () => {
      others.delete(socket);
      if (others.size === 0) open.delete(address);
    });
  });
  return open;
}

/** Keyed by the code of the parser's error. */
const parserProblems: Readonly<Record<string, () => Problem>> = {
  HPE_HEADER_OVERFLOW: () => problemFor.headersTooLarge(limits.maxHeaderSize),
  ERR_HTTP_REQUEST_TIMEOUT: () => problemFor.requestTimeout(limits.headersTimeout, limits.requestTimeout),
};

/** Responds to a request that Node's parser rejects, which reaches no request handler, and closes the connection. */
function rejectConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = (getOwn(parserProblems, error.code ?? '') ?? problemFor.invalidHttp)();
  const body = JSON.stringify(documentOf(problem));
  const { status, title } = problems[problem.code];
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
    throw new PluginError('USAGE', `cannot listen on --listen ${host ?? ''}:${String(port)}: ${reasonOf(cause)}`, {
      hint: 'choose another address or port, or stop the process that listens there',
      cause,
    });
  });
}

async function close(server: Server, connections: Connections, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    for (const sockets of connections.values()) for (const socket of sockets) socket.destroy();
  }, graceMs);
  server.close(() => {
    resolve(undefined);
  });
  server.closeIdleConnections();
  await promise;
  clearTimeout(timer);
}
