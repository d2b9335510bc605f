import type { Connection } from '../../../../plugin/cluster/connection/connection.ts';

/** A server that nock answers for. */
export const server = new URL('https://server.example');

export const connection: Connection = {
  server,
  authenticate: () => Promise.resolve({ headers: { authorization: 'Bearer abc' } }),
  close: () => undefined,
};
