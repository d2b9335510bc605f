import { ownCluster, withoutSlash } from '../lib/cluster-name.ts';
import { asString } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';

/** Where an Application deploys to: Argo CD takes a name or a server, not both. */
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
 * The name or server of the cluster that it deploys to; `null` where that is the one that Argo CD runs in. Argo CD may have other
 * names and addresses for that one, `ownClusters`, which only its cluster Secrets tell.
 */
export function otherClusterOf(destination: Destination, ownClusters: readonly string[]): string | null {
  const called = calledIn(destination);
  const isOwn = called === '' || deploysTo(destination, [ownCluster.server, ownCluster.name, ...ownClusters]);
  return isOwn ? null : called.slice(0, maxLength);
}

/** What the Application calls its cluster. */
function calledIn({ server, name }: Destination): string {
  return name === '' ? server : name;
}

/** Whether it deploys to the cluster that has these names and servers. */
export function deploysTo(destination: Destination, cluster: readonly string[]): boolean {
  return cluster.map(withoutSlash).includes(withoutSlash(calledIn(destination)));
}
