import { asString } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';

/** The cluster that Argo CD runs in, as it calls it. */
export const ownCluster = { server: 'https://kubernetes.default.svc', name: 'in-cluster' } as const;

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
export function otherClusterOf({ server, name }: Destination, ownClusters: readonly string[]): string | null {
  const called = name === '' ? server : name;
  const isOwn = isOneOf(called, [ownCluster.server, ownCluster.name, ...ownClusters]);
  return called === '' || isOwn ? null : called.slice(0, maxLength);
}

/** Whether it deploys to the cluster that has these names and servers. */
export function deploysTo({ server, name }: Destination, cluster: readonly string[]): boolean {
  return isOneOf(name === '' ? server : name, cluster);
}

function isOneOf(called: string, cluster: readonly string[]): boolean {
  return cluster.map(canonical).includes(canonical(called));
}

/** Argo CD compares servers without a slash at their end. */
function canonical(cluster: string): string {
  return cluster.replace(/\/+$/, '');
}
