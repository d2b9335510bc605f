import { detectors } from '../../../../detectors/index.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../../consumers/index.ts';
import { digestOf } from '../../../customizations/config-map.ts';
import { clustersIn, liveOfCluster } from '../../../discovery/fleet/cluster-memory.ts';
import { clusterUnread, specFor } from '../../../discovery/fleet/cluster-spec.ts';
import type { ClusterPart } from '../../../discovery/fleet/combine.ts';
import { combineClusters } from '../../../discovery/fleet/combine.ts';
import type { SelectionResult } from '../../../discovery/selection/select-backends.ts';
import { isOwnCluster, ownCluster } from '../../../lib/cluster-name.ts';
import type { ErrorCode } from '../../../lib/codes.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import type { ConfigMapProblem } from '../../reasons.ts';
import type { MembersAnswer, MembersQuestion } from '../background/member-scheduler.ts';
import { metadataOf } from '../config-map-metadata.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import type { DesiredState } from './desired-state.ts';
import type { ManagedConfigMap } from '../managed-config-map.ts';

/** One cluster's part of a multi-cluster ConfigMap. */
export type FleetPart =
  | { readonly conclusion: SelectionResult }
  | { readonly problem: ConfigMapProblem }
  /** The cluster cannot be read: `message` is for people. */
  | { readonly unread: ErrorCode; readonly message: string };

/** It has not been evaluated yet: after this many milliseconds it counts as unread. */
export interface AwaitedPart {
  readonly waitMs: number;
}

/** The metadata of a multi-cluster ConfigMap, reduced to one cluster as if it were the only one. */
export function metadataFor(cluster: string, metadata: ConfigMapMetadata): ConfigMapMetadata {
  return { ...metadata, spec: specFor(cluster, metadata.spec), live: liveOfCluster(metadata.live, cluster) };
}

/** The same for the cluster that Argo CD runs in; all of the metadata of a single-cluster ConfigMap. */
export function ownPartOf(configMap: ManagedConfigMap): ReturnType<typeof metadataOf> {
  const metadata = metadataOf(configMap);
  if ('problem' in metadata || metadata.spec.clusters === undefined) return metadata;
  return metadataFor(clustersIn(metadata.live).find(isOwnCluster) ?? ownCluster.name, metadata);
}

/** A part, and the name of its cluster. */
export interface NamedPart {
  readonly cluster: string;
  readonly part: FleetPart;
}

/** What the evaluation of multi-cluster ConfigMaps needs besides the caches of the hub. */
export interface FleetInputs {
  /** The clusters of the ConfigMap, as of their last look-up. */
  readonly members: (question: MembersQuestion) => MembersAnswer;
  /** Another cluster's part of this version of the ConfigMap. */
  readonly partOf: (cluster: string, configMap: ManagedConfigMap) => FleetPart | AwaitedPart;
}

/**
 * The desired state: a cluster that cannot be read keeps its part. `unread` says why if no cluster can be read,
 * `problem` why one of them cannot be evaluated.
 */
export function fleetStateOf(
  parts: readonly NamedPart[],
  { spec, written, live }: Pick<ConfigMapMetadata, 'spec' | 'written' | 'live'>,
  policy: ProjectPolicy | null,
): Omit<DesiredState, 'dueAt'> | { readonly problem: ConfigMapProblem } | { readonly unread: string } {
  const found: ClusterPart[] = [];
  const unread: string[] = [];
  for (const { cluster, part } of parts) {
    if ('problem' in part) return part;
    if ('unread' in part) unread.push(`${cluster}: ${part.message}`);
    found.push({
      cluster,
      found: 'unread' in part ? { unread: clusterUnread(cluster, part.unread) } : part.conclusion,
    });
  }
  const [first] = unread;
  if (first !== undefined && unread.length === parts.length) return { unread: first };
  const consumer = consumerOf(spec.target);
  const access = credentialPolicyOf(spec, policy);
  const limited = limitToSettings(consumer, spec);
  const { isTrusted } = access;
  const conclusion = combineClusters(found, { spec, detectors, consumer: limited, policy, isTrusted, live });
  const { file } = consumer.generate(conclusion.admitted, access);
  return { conclusion, file, digest: digestOf({ spec, written }, file) };
}
