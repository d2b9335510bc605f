import { grantOf, readPolicy } from '../settings/policy.ts';
import type { DiscoveryPolicy, ProjectPolicy } from '../settings/policy.ts';

/** The platform's policy, as it was last read. */
export interface Policies {
  /** `null` where no policy is set, `'nothing'` where it has no rule for the project. */
  readonly grantOf: (project: string) => ProjectPolicy | null | 'nothing';
  /** Reads the file again; answers whether it says something else. Where it cannot be read, what it said stays. */
  readonly reload: () => Promise<boolean>;
}

/** Fails where the file cannot be read now: without it everything would be allowed, or nothing. */
export async function openPolicies(file: string | undefined): Promise<Policies> {
  let policy: DiscoveryPolicy | null = file === undefined ? null : await readPolicy(file);
  return {
    grantOf: (project) => (policy === null ? null : (grantOf(policy, project) ?? 'nothing')),
    reload: async () => {
      if (file === undefined) return false;
      const before = JSON.stringify(policy);
      policy = await readPolicy(file);
      return JSON.stringify(policy) !== before;
    },
  };
}
