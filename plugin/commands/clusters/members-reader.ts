import type { ReadMembers } from '../../serve/clusters/read-members.ts';
import type { ServeFlags } from '../flags/serve-flags.ts';
import { memberNames } from './members.ts';
import { assertMayProxy } from './named-cluster.ts';

/** As long as `generate` has by default. */
const deadlineMs = 45_000;

/** What `serve` finds out with which clusters a ConfigMap is made of: by the code of `generate`, its connections closed. */
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
  snapshot: undefined,
  cluster: undefined,
  argoCdApplication: undefined,
  onStage: undefined,
} as const;
