import { readFile } from 'node:fs/promises';
import type { PluginError } from '../../lib/errors.ts';
import { KeptAgents } from './agents.ts';
import type { Connection } from './connection.ts';

/** A server that accepts a bearer token. */
export interface TokenServer {
  /** For example `https://argocd-server.argocd.svc`. */
  readonly url: URL;
  /** File with the token; read for each request, so that the token can be rotated. */
  readonly tokenFile: string;
  /** CA of the server's certificate, read for each request too; defaults to Node's CAs. */
  readonly caFile?: string | undefined;
  /** Defaults to a direct connection. */
  readonly proxy?: URL | null;
}

/** Reads and sends nothing until the first request. `unreadable` creates the error for a file that cannot be read. */
export function tokenConnection(
  { url, tokenFile, caFile, proxy = null }: TokenServer,
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
      const headers = { authorization: `Bearer ${token.trim()}` };
      // Behind a proxy, TLS options come with each request.
      return { ca, agent: await agents.agentFor({ ca }, proxy), headers };
    },
    close: () => {
      agents.close();
    },
  };
}
