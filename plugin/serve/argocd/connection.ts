import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Connection } from '../../cluster/http/connection.ts';
import { PluginError, reasonOf } from '../../lib/errors.ts';

export interface ArgoCdServer {
  /** Such as `https://argocd-server.argocd.svc`. */
  readonly url: URL;
  /** Holds the token of an account; read for each request, so that it can be rotated. */
  readonly tokenFile: string;
  /** CA of the server's certificate; the CAs of Node by default. */
  readonly caFile: string | undefined;
}

/** A connection to Argo CD's API. Reads and sends nothing until the first request. */
export function connectArgoCd({ url, tokenFile, caFile }: ArgoCdServer): Connection {
  const agents = new Map<string, HttpAgent | HttpsAgent>();
  const agentFor = (ca: string): HttpAgent | HttpsAgent => {
    const plain = url.protocol === 'http:';
    const agent =
      agents.get(ca) ??
      (plain ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ...(ca === '' ? {} : { ca }) }));
    agents.set(ca, agent);
    return agent;
  };
  return {
    server: url,
    authenticate: async () => {
      const [token, ca] = await Promise.all([readText(tokenFile), caFile === undefined ? '' : readText(caFile)]);
      return { agent: agentFor(ca), headers: { authorization: `Bearer ${token.trim()}` } };
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PluginError('FILE_UNREADABLE', `${file} cannot be read: ${reasonOf(cause)}`, {
      hint: 'mount the Secret with the token of the Argo CD account, and the CA, into the container',
      cause,
    });
  }
}
