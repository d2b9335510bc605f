import type { LiveConfigMap } from '../../cluster/types.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import type { SelectionResult } from '../../discovery/selection/select-backends.ts';
import type { Json } from '../../lib/json.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';

/** A ConfigMap of the hub that is made of several clusters. */
export interface FleetRequest {
  readonly spec: ToolsetConfig['spec'];
  /** As Git has them. */
  readonly written: Json;
  readonly live: LiveConfigMap;
  readonly project: string;
  /** What the policy grants the project; `null` without a policy. */
  readonly policy: ProjectPolicy | null;
}

/** What `generate` would print for it now. */
export interface FleetResult {
  readonly digest: string;
  readonly conclusion: SelectionResult;
  readonly file: ToolsetFile;
}

/** Lists each of its clusters once, as `generate` does. Rejects as that does. */
export type ReadFleet = (request: FleetRequest) => Promise<FleetResult>;
