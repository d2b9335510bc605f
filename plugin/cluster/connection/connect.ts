import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PluginError } from '../../lib/errors.ts';
import type { Connection, ConnectionOptions } from './connection.ts';
import { inCluster } from './in-cluster.ts';

/**
 * Chooses the cluster as kubectl does; sends nothing yet. Fails with KUBECONFIG_INVALID. The kubeconfig loader is
 * imported only when needed: it takes longer to load than the rest of a run, and a Pod's service account does not need
 * it.
 */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { context, variables } = options;
  const [first, ...others] = kubeconfigFiles(options);
  if (first !== undefined) {
    const { connectByKubeconfig } = await import('./kubeconfig.ts');
    return connectByKubeconfig([first, ...others], { context, variables });
  }
  if (context !== undefined) {
    throw new PluginError('KUBECONFIG_INVALID', `no kubeconfig has the context ${JSON.stringify(context)}`, {
      hint: 'name a kubeconfig with --kubeconfig, or leave --context out to read the cluster that this runs in',
    });
  }
  const ownPod = inCluster(options.apiServer ?? null);
  if (ownPod) return ownPod;
  throw new PluginError(
    'KUBECONFIG_INVALID',
    'there is no cluster to read: no kubeconfig, and no service account token is mounted',
    { hint: "name a kubeconfig with --kubeconfig, or mount the plugin container's token; --snapshot needs neither" },
  );
}

/** In order of precedence; empty if there is none. */
function kubeconfigFiles({ kubeconfig, defaultKubeconfig = '' }: ConnectionOptions): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = defaultKubeconfig.split(delimiter).filter((file) => file !== '');
  // Some of the listed files may be missing, but not all of them.
  const existing = named.filter((file) => existsSync(file));
  if (named.length > 0) return existing.length > 0 ? existing : named;
  const own = join(homedir(), '.kube/config');
  return existsSync(own) ? [own] : [];
}
