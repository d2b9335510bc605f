import { isOwnCluster } from '../../lib/cluster-name.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';

/** Clusters of one ConfigMap. */
export const maxClusters = 50;

type Spec = ToolsetConfig['spec'];

/** How backends of another cluster are checked, with such settings: never by asking their names from here. */
export function reachableCheck({ health: { check, otherClusters } }: Pick<Spec, 'health'>): typeof check {
  return check === 'http' && otherClusters === 'readiness' ? 'readiness' : check;
}

/** The settings of several clusters as they would be for this one alone. */
export function specFor(name: string, { clusters: _, ...spec }: Spec): Spec {
  if (isOwnCluster(name)) {
    const { urls: _urls, ...target } = spec.target;
    return { ...spec, target };
  }
  return { ...spec, cluster: name, health: { ...spec.health, check: reachableCheck(spec) } };
}

/** The same text as long as the same is wrong: it is told in the ConfigMap. */
export function clusterUnread(cluster: string, code: ErrorCode): Diagnostic {
  return {
    ...warning('CLUSTER_UNREAD', `cluster ${cluster} cannot be read (${code})`),
    hint: `dynamic-toolset explain --cluster ${cluster} says why`,
  };
}
