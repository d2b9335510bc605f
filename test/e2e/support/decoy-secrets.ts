import type { Cluster } from '../../cluster/parts/cluster.ts';

/** What is secret, by where it is. None may show up anywhere else. */
export const canaries = {
  environment: 'canary-in-the-environment',
  secret: 'canary-in-a-secret',
  configMap: 'canary-in-a-config-map',
  brokenOverrides: 'canary-beside-a-mistake',
  plainCredential: 'canary-where-a-reference-should-be',
  errorBody: 'canary-in-an-answer-of-the-api-server',
  userInfo: 'canary-in-a-url',
} as const;

/** Puts secrets where secrets are, and answers those of the sidecar's environment. */
export async function seedCanaries(cluster: Cluster): Promise<Readonly<Record<string, string>>> {
  const metadata = { namespace: 'holmesgpt', name: 'credentials' };
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: canaries.secret } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { password: canaries.configMap } },
  ]);
  return { GRAFANA_API_KEY: canaries.environment };
}
