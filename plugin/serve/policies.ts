import { matchesPattern } from '../discovery/match/glob.ts';
import { isOwnCluster } from '../lib/cluster-name.ts';
import { grantOf, readPolicy } from '../settings/policy.ts';
import type { DiscoveryPolicy, ProjectPolicy } from '../settings/policy.ts';

/** The platform's policy as of the last successful read. */
export interface Policies {
  /**
   * `null` without a policy; `'nothing'` if no rule lets the project read the cluster of this name. The cluster `null`
   * stands for several, each of which is judged separately.
   */
  readonly grantOf: (project: string, cluster: string | null) => ProjectPolicy | null | 'nothing';
  /** Rereads the file and returns whether it changed. Rejects if it cannot be read: the previous policy stays. */
  readonly reload: () => Promise<boolean>;
}

/**
 * Rejects if the file cannot be read: there is no previous policy to keep. Without a policy file, Applications read
 * other clusters only with `allowAnyCluster`.
 */
export async function openPolicies(file: string | undefined, allowAnyCluster = false): Promise<Policies> {
  let policy: DiscoveryPolicy | null = file === undefined ? null : await readPolicy(file);
  return {
    grantOf: (project, cluster) => {
      if (policy === null) return cluster === null || isOwnCluster(cluster) || allowAnyCluster ? null : 'nothing';
      const grant = grantOf(policy, project);
      return grant && (cluster === null || matchesPattern(grant.clusters, cluster)) ? grant : 'nothing';
    },
    reload: async () => {
      if (file === undefined) return false;
      const before = JSON.stringify(policy);
      policy = await readPolicy(file);
      return JSON.stringify(policy) !== before;
    },
  };
}
