import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { clipped, printable } from '../../lib/text.ts';
import { shownProxy } from './proxy.ts';

/** Until the proxy has connected; a server that it cannot reach may take this long. */
const timeoutMs = 30_000;

type Created = (error: Error | null, stream: Duplex) => void;

/** Connections to https servers through a proxy. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: http.ClientRequestArgs, callback?: Created): undefined {
    tunnel(this.#proxy, options, callback, (socket) => super.createConnection({ ...options, socket } as never));
  }
}

/** The same to http servers. */
export class PlainTunnelAgent extends http.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: http.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: http.ClientRequestArgs, callback?: Created): undefined {
    tunnel(this.#proxy, options, callback, (socket) => socket);
  }
}

function tunnel(
  proxy: URL,
  { host, port }: http.ClientRequestArgs,
  callback: Created = () => undefined,
  use: (socket: Socket) => Duplex | null | undefined,
): void {
  const target = { host: host ?? '', port: Number(port) };
  void (proxy.protocol.startsWith('socks') ? throughSocks(proxy, target) : throughHttp(proxy, target))
    .catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`the proxy ${shownProxy(proxy)} ${why}`, { cause });
    })
    // A certificate and a key that do not match are told by `use`.
    .then((socket) => use(socket) ?? socket)
    .then(
      (stream) => {
        callback(null, stream);
      },
      (error: unknown) => {
        callback(error as Error, undefined as never);
      },
    );
}

interface Target {
  readonly host: string;
  readonly port: number;
}

function userOf({ username, password }: URL): { readonly username: string; readonly password: string } | null {
  return username === '' && password === ''
    ? null
    : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** By CONNECT (RFC 9110). */
function throughHttp(proxy: URL, { host, port }: Target): Promise<Socket> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${String(port)}`;
  const user = userOf(proxy);
  const credential = user && Buffer.from(`${user.username}:${user.password}`).toString('base64');
  const isSecure = proxy.protocol === 'https:';
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const request = (isSecure ? https : http).request({
    host: hostOf(proxy),
    port: proxy.port || (isSecure ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...(credential === null ? {} : { 'proxy-authorization': `Basic ${credential}` }) },
    setHost: false,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  });
  request
    .once('connect', ({ statusCode = 0, statusMessage = '' }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new Error(`answered ${String(statusCode)} ${printable(clipped(statusMessage, 80))}`.trimEnd()));
    })
    // A proxy that is none answers without a tunnel.
    .once('response', (response) => {
      response.destroy();
      reject(new Error(`answered ${String(response.statusCode)}`));
    })
    .on('error', (error) => {
      reject(unreachable(error));
    })
    .end();
  return promise;
}

function unreachable(error: Error): Error {
  const isLate = error.name === 'AbortError' || error.name === 'TimeoutError';
  return new Error(isLate ? lateMessage : `cannot be reached: ${error.message}`, { cause: error });
}

const lateMessage = `has not connected within ${String(timeoutMs / 1000)} s`;

/** Messages of SOCKS5 by their code (RFC 1928). */
const refusals: readonly string[] = [
  'a failure of the proxy',
  'not allowed',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'not supported',
  'address type not supported',
];

/** By SOCKS5. The proxy looks up the name: it may be one that is known there alone. */
async function throughSocks(proxy: URL, target: Target): Promise<Socket> {
  const socket = connect({ host: hostOf(proxy), port: Number(proxy.port || 1080) });
  const timer = setTimeout(() => {
    socket.destroy(new Error(lateMessage));
  }, timeoutMs);
  try {
    await greet(socket, proxy);
    await ask(socket, target);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function greet(socket: Socket, proxy: URL): Promise<void> {
  const user = userOf(proxy);
  socket.write(Buffer.from(user ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await read(socket, 2);
  if (version !== 5) throw new Error('does not speak SOCKS5');
  if (method === 0) return;
  if (method !== 2 || !user) throw new Error('wants another authentication');
  const [name, password] = [Buffer.from(user.username), Buffer.from(user.password)];
  if (name.length > 255 || password.length > 255) throw new Error('takes no user or password of that length');
  socket.write(Buffer.concat([Buffer.from([1, name.length]), name, Buffer.from([password.length]), password]));
  const [, status] = await read(socket, 2);
  if (status !== 0) throw new Error('does not accept the user and password');
}

async function ask(socket: Socket, { host, port }: Target): Promise<void> {
  socket.write(Buffer.concat([Buffer.from([5, 1, 0]), addressOf(host), Buffer.from([port >> 8, port & 255])]));
  const [, status = 1, , type] = await read(socket, 4);
  if (status !== 0) throw new Error(`cannot connect: ${refusals[status - 1] ?? `code ${String(status)}`}`);
  const length = type === 1 ? 4 : type === 4 ? 16 : ((await read(socket, 1))[0] ?? 0);
  await read(socket, length + 2);
}

function addressOf(host: string): Buffer {
  const family = isIP(host);
  if (family === 4) return Buffer.from([1, ...host.split('.').map(Number)]);
  if (family === 6) return Buffer.from([4, ...bytesOfIPv6(host)]);
  const name = Buffer.from(host);
  if (name.length > 255) throw new Error('takes no name of that length');
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

function bytesOfIPv6(address: string): number[] {
  // The parser of URLs writes it in hexadecimal alone, also where it ends with an address of IPv4.
  const { hostname } = new URL(`http://[${address}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

async function read(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const found = socket.read(bytes) as Buffer | null;
    if (found !== null && found.length === bytes) return found;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const onReadable = (): void => {
      resolve(undefined);
    };
    const onError = (error: Error): void => {
      reject(error.message === lateMessage ? error : unreachable(error));
    };
    const onEnd = (): void => {
      reject(new Error('closed the connection'));
    };
    socket.once('readable', onReadable).once('error', onError).once('end', onEnd).once('close', onEnd);
    try {
      await promise;
    } finally {
      socket.off('readable', onReadable).off('error', onError).off('end', onEnd).off('close', onEnd);
    }
  }
}
