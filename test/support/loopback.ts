import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A server on 127.0.0.1. */
export interface Listening {
  readonly port: number;
  /**
   * Closes every connection, including those still in their TLS handshake, which the list of Node's own HTTP servers
   * lacks: a watch that starts on one of them afterwards would never end. New connections are accepted.
   */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

/** Starts it on a port, by default any free one. */
export async function listenOnLoopback(server: Server, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen({ port, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    stop: async () => {
      if (!server.listening) return;
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}

/** Starts a plain HTTP server on a free port. */
export function answerOnLoopback(listener: RequestListener): Promise<Listening> {
  return listenOnLoopback(createServer(listener));
}
