import { matches } from '../discovery/match/glob.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Access } from './consumer.ts';

/** What the settings let toolsets hold; the platform's policy can only take from it. */
export function accessOf(
  { credentials, trust, target, discovery }: ToolsetConfig['spec'],
  policy: ProjectPolicy | null,
): Access {
  return {
    credentials,
    isTrusted: (namespace) =>
      matches(trust.namespaces, namespace) && (!policy?.trust || matches(policy.trust, namespace)),
    certificates: target.certificates,
    clusterDomain: discovery.clusterDomain,
  };
}
