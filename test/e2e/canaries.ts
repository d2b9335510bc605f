import type { Cluster } from '../cluster/cluster.ts';

/** Nobody else writes this word. */
const word = 'canary';

/** What is secret, by where it is. None may show up anywhere else. */
export const canaries = {
  environment: `${word}-in-the-environment`,
  secret: `${word}-in-a-secret`,
} as const;

/** Puts secrets where secrets are, and answers those of the sidecar's environment. */
export async function seedCanaries(cluster: Cluster): Promise<Readonly<Record<string, string>>> {
  const stringData = { password: canaries.secret };
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'holmesgpt', name: 'credentials' }, stringData },
  ]);
  return { GRAFANA_API_KEY: canaries.environment };
}
