import type { ServiceView } from '../../../detectors/types.ts';
import type { Cluster, KeptKeys, NamespaceScope, NamespaceView } from '../../cluster/types.ts';
import { isPluginError } from '../../lib/errors.ts';
import { compare } from '../../lib/object-key.ts';
import type { Spec } from '../../settings/schema/index.ts';
import { matchesSelector } from '../../cluster/label-selector.ts';
import type { NamespacePolicy } from '../scope-and-filters.ts';
import { allowsNamespace } from '../scope-and-filters.ts';

/** What settings can name in the cluster: used to report references that match nothing. */
export interface ReferenceTargets {
  readonly scope: NamespaceScope;
  /** Sorted names of the namespaces that the policy allows; `null` where the account may not list namespaces. */
  readonly namespaces: readonly string[] | null;
  /** Sorted namespaces of the Services that were read. */
  readonly ofServices: readonly string[];
  /** Whether a Service has the labels of `discovery.services.selector`. */
  readonly selectsService: boolean;
  /** Whether a namespace has the labels of `discovery.namespaces.selector`. */
  readonly selectsNamespace: boolean;
}

interface ClusterContents {
  readonly scope: NamespaceScope;
  readonly services: readonly ServiceView[];
  readonly namespaces: readonly NamespaceView[];
  readonly policy: NamespacePolicy | null;
}

export function referenceTargetsOf(
  { discovery }: Spec,
  { scope, services, namespaces, policy }: ClusterContents,
): ReferenceTargets {
  const names = namespaces.map(({ name }) => name).filter((name) => !policy || allowsNamespace(policy, name));
  return {
    scope,
    // Every cluster has a namespace: a recording without any does not tell which ones exist.
    namespaces: namespaces.length === 0 ? null : names.sort(compare),
    ofServices: [...new Set(services.map(({ namespace }) => namespace))].sort(compare),
    selectsService: services.some(({ labels }) => matchesSelector(labels, discovery.services.selector)),
    selectsNamespace: namespaces.some(({ labels }) => matchesSelector(labels, discovery.namespaces.selector)),
  };
}

/**
 * Lists all namespaces if one that is read by name has no Service that the policy allows, because it may be misspelt.
 * Empty where the account may not list them, which reading by name does not need.
 */
export async function namespacesIfMisspelt(
  cluster: Cluster,
  { scope, services, policy }: Pick<ClusterContents, 'services' | 'policy'> & { readonly scope: readonly string[] },
  keys: KeptKeys,
): Promise<readonly NamespaceView[]> {
  const withServices = new Set(services.map(({ namespace }) => namespace));
  if (scope.every((name) => withServices.has(name) && (!policy || allowsNamespace(policy, name)))) return [];
  try {
    return await cluster.namespaces(keys);
  } catch (error) {
    if (isPluginError(error) && error.code === 'CLUSTER_FORBIDDEN') return [];
    throw error;
  }
}
