import type { Connection } from '../../plugin/cluster/connection/connection.ts';

/** Address at which nock answers in place of an API server. */
export const apiUrl = 'https://api.example';

/** A connection to `apiUrl` without a credential. */
export const apiConnection: Connection = {
  server: new URL(apiUrl),
  authenticate: () => Promise.resolve({}),
  close: () => undefined,
};
