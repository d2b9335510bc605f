import { createServer as createHttpServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Identity } from '../../support/certificate.ts';
import { listenOnLoopback } from '../../support/loopback.ts';

/** A request as the backend received it. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON unless it is a text. */
  readonly body?: unknown;
}

/** What a product answers; `null` is "not found". */
export type Answer = (request: Received) => Reply | null;

/** Handles one connection of a protocol that is not HTTP; texts that it notes are what the backend was asked. */
export type Speak = (socket: Socket, note: (asked: string) => void, port: number) => void;

/** A backend on a loopback port of its own. */
export interface Backend {
  readonly port: number;
  /** What it was asked over HTTP. */
  readonly received: readonly Received[];
  /** The same as one text each: method and target, or what `Speak` noted. */
  readonly asked: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Serves over HTTP; with a certificate of its own, over HTTPS alone. */
export async function serveHttp(answer: Answer, identity?: Identity): Promise<Backend> {
  const received: Received[] = [];
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    void text(request).then((body) => {
      const { method = '', url: target = '', headers } = request;
      const one = { method, target, headers, body };
      received.push(one);
      asked.push(`${method} ${target}`);
      const { status = 200, headers: own = {}, body: content = '' } = answer(one) ?? { status: 404, body: 'not found' };
      const isText = typeof content === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...own });
      response.end(isText ? content : JSON.stringify(content));
    });
  };
  const server = identity ? createHttpsServer(identity, listener) : createHttpServer(listener);
  return { ...(await listenOnLoopback(server)), received, asked };
}

/** Serves a protocol that is not HTTP. */
export async function serveTcp(speak: Speak): Promise<Backend> {
  const asked: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    const note = (one: string): void => void asked.push(one);
    speak(socket, note, (server.address() as AddressInfo).port);
  });
  return { ...(await listenOnLoopback(server)), received: [], asked };
}

/** A stream of messages that begin with their length, cut into them. `sizeOf` says how long the first one is. */
export function eachMessage(
  socket: Socket,
  sizeOf: (buffered: Buffer) => number | null,
  handle: (message: Buffer) => void,
): void {
  let buffered = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    for (let size = sizeOf(buffered); size !== null && size <= buffered.length; size = sizeOf(buffered)) {
      const message = buffered.subarray(0, size);
      buffered = buffered.subarray(size);
      handle(message);
    }
  });
}
