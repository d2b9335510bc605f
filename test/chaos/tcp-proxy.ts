import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Passes bytes on between a client and a server, until the network between them is taken away. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection; new ones are passed on. */
  readonly cut: () => void;
  /** A network partition: from now on no byte passes, and no connection is refused or closed either. */
  readonly part: () => void;
  /** Ends it. Connections from before are gone, as after a timeout of the network. */
  readonly heal: () => void;
  readonly stop: () => Promise<void>;
}

/** Stands in front of a port of 127.0.0.1. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isParted = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    keep(client);
    if (isParted) return;
    const upstream = connect(target, '127.0.0.1');
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    part: () => {
      isParted = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    heal: () => {
      isParted = false;
      cut();
    },
    stop: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
