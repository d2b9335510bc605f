import type { Connection } from '../../cluster/connection/connection.ts';
import type { ClusterSources } from '../../cluster/named/named-cluster.ts';
import type { Environment } from '../flags/environment.ts';
import type { FlagValues } from '../flags/flags.ts';

/** The cluster that Argo CD runs in, which holds its Secrets. */
interface SecretsPlace {
  readonly own: () => Connection | Promise<Connection>;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** Where to look up a cluster by name. `own` is called only if Secrets may be read. */
export async function clusterSourcesOf(
  {
    clusters: folder,
    clusterSecrets: names,
    clusterExec: exec,
    allowInsecureClusters: insecure,
    variables,
  }: FlagValues<'clusters' | 'cluster-secret' | 'cluster-exec' | 'allow-insecure-clusters'> &
    Pick<Environment, 'variables'>,
  { own, namespace, signal }: SecretsPlace,
): Promise<Pick<ClusterSources, 'folder' | 'secrets' | 'rules'>> {
  const secrets =
    names.length === 0
      ? null
      : { own: await own(), signal, namespace, names: names.includes('*') ? ('all' as const) : names };
  return { folder, secrets, rules: { exec, insecure, variables } };
}
