import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';

interface RawKubeconfig {
  readonly users?: readonly { readonly name?: string; readonly user?: { readonly tokenFile?: unknown } | null }[];
}

/** Name of the authenticator below, set in place of client-node's own. */
const provider = 'token-file';

/**
 * Reads the user's token file for each request; `files` are those that `config` was loaded from. client-node ignores
 * `tokenFile` of a kubeconfig and would send no credential.
 */
export function withTokenFile(config: KubeConfig, files: readonly string[]): void {
  const user = config.getCurrentUser();
  if (!user) return;
  const file = namedToken(user, files);
  if (file === null) return;
  config.users = config.users.map((one) =>
    one.name === user.name ? { ...one, authProvider: { name: provider } } : one,
  );
  config.addAuthenticator({
    isAuthProvider: ({ authProvider }) => (authProvider as { name?: unknown } | undefined)?.name === provider,
    applyAuthentication: async (_user: User, options: RequestOptions) => {
      const token = await readFile(file, 'utf8');
      options.headers = { ...(options.headers as OutgoingHttpHeaders), Authorization: `Bearer ${token.trim()}` };
    },
  });
}

function namedToken(user: User, files: readonly string[]): string | null {
  if (user.token || user.authProvider || user.exec || user.username || user.certData || user.certFile) return null;
  return files.map((file) => tokenFileOf(file, user.name)).find((found) => found !== null) ?? null;
}

/** `tokenFile` of the user in one kubeconfig; a relative path starts at the kubeconfig's folder. */
function tokenFileOf(file: string, name: string): string | null {
  let raw: RawKubeconfig | null;
  try {
    raw = parse(readFileSync(file, 'utf8')) as RawKubeconfig | null;
  } catch {
    // client-node has parsed the file already, or has thrown.
    return null;
  }
  const tokenFile = raw?.users?.find((one) => one.name === name)?.user?.tokenFile;
  return typeof tokenFile === 'string' && tokenFile !== '' ? resolve(dirname(file), tokenFile) : null;
}
