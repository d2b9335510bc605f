import { existsSync, readFileSync } from 'node:fs';
import { PluginError } from '../../lib/errors.ts';
import type { ApiServerAddress, Connection } from './connection.ts';
import { tokenConnection } from './token-connection.ts';

/** Where Kubernetes mounts the token and the CA of a Pod's service account. */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The namespace that Argo CD's own manifests and chart use. */
export const defaultNamespace = 'argocd';

/** Connects with the service account of the current Pod; `null` outside of a Pod, or if no token is mounted. */
export function inCluster(address: ApiServerAddress | null): Connection | null {
  if (!address) return null;
  const { host, port } = address;
  // An IPv6 address. Node's isIPv6 would build its regular expression for this one call.
  const url = URL.parse(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
  const [tokenFile, caFile] = [`${mounted}/token`, `${mounted}/ca.crt`];
  return url && existsSync(tokenFile) ? tokenConnection({ url, tokenFile, caFile }, unreadable) : null;
}

/** Namespace of the current Pod; outside of a Pod, Argo CD's usual namespace. */
export function podNamespace(): string {
  try {
    return readFileSync(`${mounted}/namespace`, 'utf8').trim() || defaultNamespace;
  } catch {
    return defaultNamespace;
  }
}

function unreadable(file: string, cause: unknown): PluginError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PluginError('CLUSTER_UNAUTHORIZED', `cannot get a credential for the cluster: ${reason}`, {
    hint: `check what is mounted at ${file}: a projected volume with the token and the CA of the cluster`,
    cause,
  });
}
