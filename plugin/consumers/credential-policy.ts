import { matchesPattern } from '../discovery/match/glob.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { CredentialPolicy } from './consumer.ts';

/** What the settings let toolsets hold; the platform's policy can only take from it. */
export function credentialPolicyOf(
  { credentials, trust, target, discovery }: ToolsetConfig['spec'],
  policy: ProjectPolicy | null,
): CredentialPolicy {
  return {
    credentials,
    isTrusted: (namespace) =>
      matchesPattern(trust.namespaces, namespace) && (!policy?.trust || matchesPattern(policy.trust, namespace)),
    certificates: target.certificates,
    clusterDomain: discovery.clusterDomain,
  };
}
