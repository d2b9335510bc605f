import { deploysToHub } from '../../../argocd/application.ts';
import type { ApplicationView } from '../../../argocd/application.ts';
import type { Clock } from '../../../lib/clock.ts';
import { isOwnCluster, ownCluster } from '../../../lib/cluster-name.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import type { CandidateGroups } from '../candidate-groups.ts';
import type { metadataOf } from '../config-map-metadata.ts';
import type { KeptKeysOfConfigMaps } from '../kept-keys.ts';
import type { ManagedConfigMap, ServeCaches } from '../managed-config-map.ts';
import type { BackgroundReaders, DesiredState } from './desired-state.ts';
import type { FleetInputs } from './fleet-state.ts';
import type { SourceChanges } from './source-changes.ts';

/** Which cluster it is, to resolve references to clusters. */
export interface ClusterIdentity {
  readonly name: string;
  /** Whether settings with this cluster name or URL mean this cluster. */
  readonly isCalled: (cluster: string) => boolean;
  /** Whether the Application deploys to this cluster: only then can it own one of its ConfigMaps. */
  readonly isDestinationOf: (application: ApplicationView) => boolean;
}

/** The cluster that Argo CD runs in. */
export const hubIdentity: ClusterIdentity = {
  name: ownCluster.name,
  isCalled: isOwnCluster,
  isDestinationOf: deploysToHub,
};

/** The result of one discovery, for metrics. */
export interface ObservedDiscovery extends Pick<DesiredState, 'digest' | 'conclusion' | 'file'> {
  /** Ids of the enabled detectors. */
  readonly detectors: readonly string[];
  /** Services by which it differs from what the live ConfigMap was generated from; empty if the digests are equal. */
  readonly changes: SourceChanges;
}

/** An evaluation that lacks what could not be read is repeated after this time, in milliseconds. */
export const unreadableMs = 5_000;

/** What evaluations read, and the listeners they notify. */
export interface EvaluationInputs {
  readonly caches: ServeCaches;
  readonly groups: CandidateGroups;
  readonly keptKeys: KeptKeysOfConfigMaps;
  /** The cluster of these caches. */
  readonly here: ClusterIdentity;
  /** What the policy grants a project in a cluster; `null` without a policy, `'nothing'` without a rule for both. */
  readonly grantOf: (project: string, cluster: string | null) => ProjectPolicy | null | 'nothing';
  /**
   * Whether Argo CD lets the Application belong to the project that it names. Rejects if the project cannot be read.
   */
  readonly permits: (application: ApplicationView) => Promise<boolean>;
  /** Whether another cluster's evaluation reports the ConfigMap; never by default. */
  readonly isElsewhere?: ((configMap: ManagedConfigMap) => boolean) | undefined;
  readonly readers: BackgroundReaders;
  /** The ConfigMap's metadata, reduced to the cluster of these caches. */
  readonly metadataOf: typeof metadataOf;
  /** The clusters of multi-cluster ConfigMaps; `null` if these are not evaluated. */
  readonly fleet: FleetInputs | null;
  readonly clock: Clock;
  /** Called if the result can change in `ms` without an event. */
  readonly onDue: (configMap: string, ms: number) => void;
  /** `null` if the discovery failed. */
  readonly onDiscovery?:
    ((configMap: string, discovery: ObservedDiscovery | null, seconds: number) => void) | undefined;
}
