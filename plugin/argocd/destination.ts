import { ownCluster, withoutSlash } from '../lib/cluster-name.ts';
import { asString } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';

/** Destination of an Application: Argo CD accepts a name or a server, not both. */
export interface Destination {
  readonly server: string;
  readonly name: string;
}

export function destinationOf({ destination }: { readonly destination?: unknown }): Destination {
  const { server, name } = (destination ?? {}) as Json;
  return { server: asString(server), name: asString(name) };
}

/** Longer than any address: the author of an Application may write more. */
const maxLength = 253;

/**
 * The name or server of the cluster that it deploys to; `null` for the cluster that Argo CD runs in. Argo CD may have
 * other names and addresses for that cluster, `ownClusters`, which only its cluster Secrets reveal.
 */
export function otherClusterOf(destination: Destination, ownClusters: readonly string[]): string | null {
  const called = clusterOf(destination);
  const isOwn = called === '' || deploysTo(destination, [ownCluster.server, ownCluster.name, ...ownClusters]);
  return isOwn ? null : called.slice(0, maxLength);
}

/** The Application's name for its cluster. */
function clusterOf({ server, name }: Destination): string {
  return name === '' ? server : name;
}

/** Whether it deploys to the cluster with these names and servers. */
export function deploysTo(destination: Destination, cluster: readonly string[]): boolean {
  return cluster.map(withoutSlash).includes(withoutSlash(clusterOf(destination)));
}
