import { existsSync, readFileSync } from 'node:fs';
import { PluginError } from '../../lib/errors.ts';
import type { ApiServerAddress, Connection } from './connection.ts';
import { tokenConnection } from './token-connection.ts';

/** Where Kubernetes mounts the token and the CA of a Pod's service account. */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Where Argo CD's own manifests and chart put it. */
export const usualNamespace = 'argocd';

/** By the service account of the Pod that this runs in; `null` outside of a Pod, or where no token is mounted. */
export function inCluster(address: ApiServerAddress | null): Connection | null {
  if (!address) return null;
  const { host, port } = address;
  // An address of IPv6. Node's isIPv6 builds its expression for this one call.
  const url = URL.parse(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
  const [tokenFile, caFile] = [`${mounted}/token`, `${mounted}/ca.crt`];
  return url && existsSync(tokenFile) ? tokenConnection({ url, tokenFile, caFile }, unreadable) : null;
}

/** Where the Pod is that this runs in; where Argo CD is as a rule, outside of a Pod. */
export function podNamespace(): string {
  try {
    return readFileSync(`${mounted}/namespace`, 'utf8').trim() || usualNamespace;
  } catch {
    return usualNamespace;
  }
}

function unreadable(file: string, cause: unknown): PluginError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PluginError('CLUSTER_UNAUTHORIZED', `cannot get a credential for the cluster: ${reason}`, {
    hint: `check what is mounted at ${file}: a projected volume with the token and the CA of the cluster`,
    cause,
  });
}
