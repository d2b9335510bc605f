import { once } from 'node:events';
import { createServer } from 'node:http';

/** A backend on the address of its Service, which is on loopback; it gives one answer to everything. */
export async function serveHttpAt(
  address: string,
  port: number,
  answer: string,
): Promise<{ readonly stop: () => Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
