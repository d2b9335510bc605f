import { join } from 'node:path';
import type { Cluster } from '../parts/cluster.ts';
import { expandedArgs, manifests } from './manifests.ts';
import type { Container, Deployment } from './manifests.ts';
import { parseServeFlags } from '../../../plugin/commands/flags/serve-flags.ts';
import type { ServeFlags } from '../../../plugin/commands/flags/serve-flags.ts';
import type { Account, Role } from '../support/rbac.ts';
import { applyManifests, rendered, untilRolesHold } from '../support/rbac.ts';

/** The folders of manifests/serve that an operator applies. */
export const serveVariants = ['kubernetes', 'argocd-api', 'namespaced'] as const;
export type ServeVariant = (typeof serveVariants)[number];

/** What serve runs as. */
export const serveAccount: Account = { namespace: 'dynamic-toolset', name: 'dynamic-toolset-serve' };

/** `serve` as the manifests install it, but for the Pod that nothing here would start. */
export interface InstalledServe {
  /** Its own; those for readers of its API have no subject. */
  readonly roles: readonly Role[];
  /** What the container is told, but for where to listen. */
  readonly args: readonly string[];
  /** With a token of the service account. */
  readonly kubeconfig: string;
}

/** What the container of serve is told in a Pod of the manifests. */
export function flagsOf(container: Container | undefined): ServeFlags {
  const { namespace, name } = serveAccount;
  const spec = { serviceAccountName: name, containers: [container ?? { name }], volumes: [] };
  const metadata = { namespace, name };
  return parseServeFlags(
    expandedArgs({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec } } }),
  );
}

/** Applies a folder of manifests/serve as an operator does, and waits until its rights hold. */
export async function installServe(cluster: Cluster, variant: ServeVariant): Promise<InstalledServe> {
  const input = await rendered(cluster, join(manifests, 'serve', variant));
  const objects = await applyManifests(cluster, input);
  const own = objects.filter(({ metadata }) => metadata.name.startsWith(serveAccount.name));
  const roles = await untilRolesHold(cluster, own, serveAccount);
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as Deployment;
  const token = await cluster.serviceAccountToken(serveAccount.namespace, serveAccount.name);
  return {
    roles,
    args: expandedArgs(deployment).filter((arg) => !arg.startsWith('--listen=')),
    kubeconfig: await cluster.kubeconfig({ token }),
  };
}
