import { join } from 'node:path';
import { isAllowed } from '../parts/access-review.ts';
import type { Cluster } from '../parts/cluster.ts';
import { manifests } from '../manifests/manifests.ts';
import { applyText, ensureNamespaces } from '../parts/objects.ts';
import type { KubeObject } from '../parts/objects.ts';
import { until } from '../../support/until.ts';

/** A service account that the plugin runs as. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

export const repoServer: Account = { namespace: 'argocd', name: 'argocd-repo-server' };

/** As named in audit events and access reviews. */
export const pluginUser = userOf(repoServer);

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export type Role = KubeObject & { readonly rules: readonly Rule[] };

/** Applies a folder of manifests/rbac as an operator does, and waits until it takes effect. Returns its roles. */
export async function applyRbac(cluster: Cluster, variant: string, account = repoServer): Promise<readonly Role[]> {
  const input = await rendered(cluster, join(manifests, 'rbac', variant));
  return untilRolesHold(cluster, await applyManifests(cluster, input, [account.namespace]), account);
}

/** kustomize's output for a folder of manifests: those of the repository do not change while tests run. */
export function rendered(cluster: Cluster, folder: string): Promise<string> {
  const text = renderedFolders.get(folder) ?? cluster.kubectl(['kustomize', folder]);
  renderedFolders.set(folder, text);
  return text;
}

const renderedFolders = new Map<string, Promise<string>>();

/**
 * Applies manifests as `kubectl apply --server-side` does, with their namespaces and further ones. Returns the server's
 * versions.
 */
export async function applyManifests(
  cluster: Cluster,
  input: string,
  namespaces: readonly string[] = [],
): Promise<readonly KubeObject[]> {
  const named = [...input.matchAll(/^ {2}namespace: (\S+)$/gm)].map(([, name]) => name!);
  await ensureNamespaces(cluster.request, [...namespaces, ...named].map(namespace));
  return applyText(cluster.request, input);
}

/** Waits until the account may do what the roles among these objects allow. Returns the roles. */
export async function untilRolesHold(
  cluster: Cluster,
  objects: readonly KubeObject[],
  account: Account,
): Promise<readonly Role[]> {
  const roles = objects.filter((item): item is Role => item.kind === 'Role' || item.kind === 'ClusterRole');
  await Promise.all(roles.flatMap((role) => role.rules.map((rule) => untilHolds(cluster, role, rule, true, account))));
  return roles;
}

/** A kubeconfig with a token of the plugin's service account, requested from the API server. */
export async function pluginKubeconfig(cluster: Cluster, account = repoServer): Promise<string> {
  await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }]);
  return cluster.kubeconfig({ token: await cluster.serviceAccountToken(account.namespace, account.name) });
}

/** Waits until the server's authorizer knows that the role has, or no longer has, this rule. */
export async function untilHolds(
  cluster: Cluster,
  role: Role,
  rule: Rule,
  expected: boolean,
  account = repoServer,
): Promise<void> {
  await until(
    `${JSON.stringify(rule)} is ${expected ? '' : 'not '}granted`,
    async () => (await isGranted(cluster, userOf(account), role, rule)) === expected,
  );
}

async function isGranted(cluster: Cluster, user: string, { metadata }: Role, rule: Rule): Promise<boolean> {
  return isAllowed(cluster.request, user, {
    group: rule.apiGroups[0],
    resource: rule.resources[0],
    verb: rule.verbs[0],
    name: rule.resourceNames?.[0],
    namespace: metadata.namespace,
  });
}

/** As named in audit events and access reviews. */
export function userOf({ namespace, name }: Account): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
