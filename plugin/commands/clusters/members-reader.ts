import type { ReadMembers } from '../../serve/clusters/read-members.ts';
import type { ServeFlags } from '../flags/serve-flags.ts';
import { memberNames } from './members.ts';
import { assertMayProxy } from './named-cluster.ts';

/** The default of `generate`. */
const deadlineMs = 45_000;

/** How `serve` resolves the clusters of a ConfigMap: with the code of `generate`, closing its connections. */
export function membersReader(flags: ServeFlags): ReadMembers {
  return async ({ spec, project, policy }) => {
    assertMayProxy({ spec }, flags);
    const run = { flags: { ...flags, ...ofOneRun, project }, settings: { spec }, policy };
    return memberNames(run, spec.clusters ?? []);
  };
}

/** The Application's destination is known from the Application that owns the ConfigMap. */
const ofOneRun = {
  deadlineMs,
  cluster: undefined,
  argoCdApplication: undefined,
  onStage: undefined,
} as const;
