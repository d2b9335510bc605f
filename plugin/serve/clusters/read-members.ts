import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';

/** A ConfigMap of the hub that is made of several clusters. */
export interface MembersRequest {
  readonly spec: ToolsetConfig['spec'];
  readonly project: string;
  /** What the policy grants the project; `null` without a policy. */
  readonly policy: ProjectPolicy | null;
}

/**
 * Finds out which clusters `spec.clusters` stands for now, in the order of the settings, by the names that they can be opened
 * by; asks nothing of any of them but the hub. Rejects as `generate` does where a cluster is unknown or denied, with a PluginError.
 */
export type ReadMembers = (request: MembersRequest) => Promise<readonly string[]>;
