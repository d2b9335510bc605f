import { isOwnCluster } from '../../lib/cluster-name.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import type { Spec } from '../../settings/schema/index.ts';

/** Maximum number of clusters for one ConfigMap. */
export const maxClusters = 50;

/** How to check backends of another cluster under these settings: never by a request to their names from here. */
export function reachableCheck({ health: { check, otherClusters } }: Pick<Spec, 'health'>): typeof check {
  return check === 'http' && otherClusters === 'readiness' ? 'readiness' : check;
}

/** The settings for several clusters, reduced to this one. */
export function specFor(name: string, { clusters: _, ...spec }: Spec): Spec {
  if (isOwnCluster(name)) {
    const { urls: _urls, ...target } = spec.target;
    return { ...spec, target };
  }
  return { ...spec, cluster: name, health: { ...spec.health, check: reachableCheck(spec) } };
}

/** Without details that vary: the text goes into the ConfigMap and changes only with the cause. */
export function clusterUnread(cluster: string, code: ErrorCode): Diagnostic {
  return {
    ...warning('CLUSTER_UNREAD', `cluster ${cluster} cannot be read (${code})`),
    hint: `dynamic-toolset explain --cluster ${cluster} says why`,
  };
}
