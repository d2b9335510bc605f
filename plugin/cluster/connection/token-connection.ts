import { readFile } from 'node:fs/promises';
import type { PluginError } from '../../lib/errors.ts';
import { KeptAgents } from './agents.ts';
import type { Connection } from './connection.ts';

/** A server that a bearer token authenticates to. */
export interface TokenServer {
  /** Such as `https://argocd-server.argocd.svc`. */
  readonly url: URL;
  /** Holds the token; read for each request, so that it can be rotated. */
  readonly tokenFile: string;
  /** CA of the server's certificate, read as often; the CAs of Node by default. */
  readonly caFile?: string | undefined;
}

/** Reads and sends nothing until the first request. `unreadable` makes the error for a file that cannot be read. */
export function tokenConnection(
  { url, tokenFile, caFile }: TokenServer,
  unreadable: (file: string, cause: unknown) => PluginError,
): Connection {
  const agents = new KeptAgents(url);
  const read = (file: string): Promise<string> =>
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw unreadable(file, cause);
    });
  return {
    server: url,
    authenticate: async () => {
      const [token, ca] = await Promise.all([read(tokenFile), caFile === undefined ? undefined : read(caFile)]);
      return { agent: agents.agentFor({ ca }), headers: { authorization: `Bearer ${token.trim()}` } };
    },
    close: () => {
      agents.close();
    },
  };
}
