import type { Connection, ProcessVariables } from '../../cluster/connection/connection.ts';
import type { ClusterSources } from '../../cluster/named/named-cluster.ts';

/** How the platform gives access to clusters other than Argo CD's own. */
export interface OtherClusterFlags {
  /** Folder of kubeconfigs of other clusters. */
  readonly clusters: string | undefined;
  /** Names of Argo CD's Secrets for other clusters; `*` for all. */
  readonly clusterSecrets: readonly string[];
  readonly allowAnyCluster: boolean;
  readonly allowInsecureClusters: boolean;
  readonly allowServiceProxy: boolean;
  /** Commands that may be run for another cluster's credential. */
  readonly clusterExec: readonly string[];
}

interface Values {
  readonly clusters?: string | undefined;
  readonly 'cluster-secret'?: readonly string[] | undefined;
  readonly 'allow-any-cluster'?: boolean | undefined;
  readonly 'allow-insecure-clusters'?: boolean | undefined;
  readonly 'allow-service-proxy'?: boolean | undefined;
  readonly 'cluster-exec'?: readonly string[] | undefined;
}

export function otherClustersOf(values: Values): OtherClusterFlags {
  return {
    clusters: values.clusters,
    clusterSecrets: values['cluster-secret'] ?? [],
    allowAnyCluster: values['allow-any-cluster'] ?? false,
    allowInsecureClusters: values['allow-insecure-clusters'] ?? false,
    allowServiceProxy: values['allow-service-proxy'] ?? false,
    clusterExec: values['cluster-exec'] ?? [],
  };
}

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
  }: OtherClusterFlags & { readonly variables?: ProcessVariables | undefined },
  { own, namespace, signal }: SecretsPlace,
): Promise<Pick<ClusterSources, 'folder' | 'secrets' | 'rules'>> {
  const secrets =
    names.length === 0
      ? null
      : { own: await own(), signal, namespace, names: names.includes('*') ? ('all' as const) : names };
  return { folder, secrets, rules: { exec, insecure, variables } };
}
