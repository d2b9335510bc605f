import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';

/** A multi-cluster ConfigMap of the hub. */
export interface MembersRequest {
  readonly spec: ToolsetConfig['spec'];
  readonly project: string;
  /** What the policy grants the project; `null` without a policy. */
  readonly policy: ProjectPolicy | null;
}

/**
 * Resolves `spec.clusters` to the current clusters, in the order of the settings, by the names under which they can be
 * opened; sends requests to the hub only. Rejects with a PluginError, as `generate` does, if a cluster is unknown or
 * denied.
 */
export type ReadMembers = (request: MembersRequest) => Promise<readonly string[]>;
