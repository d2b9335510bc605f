import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { parse } from 'yaml';

interface RawKubeconfig {
  readonly users?: readonly { readonly name?: string; readonly user?: { readonly tokenFile?: unknown } | null }[];
}

/**
 * kubectl reads `tokenFile` of a user again whenever it expires; client-node does so for the Pod's own account only,
 * and would go on without a credential. This gives the user the provider that client-node has for the Pod's.
 */
export function withTokenFile(config: KubeConfig, kubeconfig: string | undefined): void {
  const user = config.getCurrentUser();
  if (!user || user.token || user.authProvider || user.exec || user.username || user.certData || user.certFile) return;
  const tokenFile = filesOf(kubeconfig)
    .map((file) => tokenFileOf(file, user.name))
    .find((found) => found !== null);
  if (tokenFile === undefined) return;
  config.users = config.users.map((one) =>
    one.name === user.name ? { ...one, authProvider: { name: 'tokenFile', config: { tokenFile } } } : one,
  );
}

/** The files that client-node has read, in its order. */
function filesOf(kubeconfig: string | undefined): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const files = (process.env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  return files.length > 0 ? files : [join(homedir(), '.kube/config')];
}

/** Relative paths are relative to the kubeconfig, as everywhere in it. */
function tokenFileOf(file: string, name: string): string | null {
  let raw: RawKubeconfig | null;
  try {
    raw = parse(readFileSync(file, 'utf8')) as RawKubeconfig | null;
  } catch {
    // client-node has read it, or said why not.
    return null;
  }
  const tokenFile = raw?.users?.find((one) => one.name === name)?.user?.tokenFile;
  return typeof tokenFile === 'string' && tokenFile !== '' ? resolve(dirname(file), tokenFile) : null;
}
