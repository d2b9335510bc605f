import type { CredentialPolicy } from '../../plugin/consumers/consumer.ts';

/** Every namespace is trusted, there are no credentials, and certificates are from public authorities. */
export const trustingAccess: CredentialPolicy = {
  credentials: {},
  isTrusted: () => true,
  certificates: 'public',
  clusterDomain: 'cluster.local',
};
