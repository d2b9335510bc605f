import type { Cluster } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { ApplicationObject, KubeObject } from '../parts/objects.ts';
import { gitFolder, outputOf, toolsetYaml } from './program.ts';
import type { Program } from './program.ts';
import { expectSuccess } from '../parts/request.ts';

/** Argo CD's two ways of applying, chosen by the sync option ServerSideApply. */
export type Apply = 'client-side' | 'server-side';

/**
 * Replaces a sync without Argo CD: applies the ConfigMap that `generate` prints now, and an Application of this name
 * that lists it, as Argo CD leaves them after a sync.
 */
export async function syncedOnce(
  cluster: Cluster,
  program: Program,
  name: string,
  spec: object = {},
  how: Apply = 'client-side',
): Promise<void> {
  const folder = await gitFolder(cluster.folder, {
    'toolset.yaml': toolsetYaml({ health: { check: 'readiness' }, ...spec }),
  });
  const input = outputOf(await program.run(['generate', '--path', folder, '--kubeconfig', await cluster.kubeconfig()]));
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } }]);
  const serverSide = how === 'server-side' ? ['--server-side', '--force-conflicts'] : [];
  const args = ['apply', ...serverSide, '--field-manager', 'argocd-controller', '-o', 'json', '-f', '-'];
  const applied = await cluster.kubectl(args, { input });
  const configMap = JSON.parse(applied) as KubeObject;
  await cluster.apply([applicationOf(name, configMap, { automated: { selfHeal: true } })]);
}

/** Completes a requested refresh as Argo CD would: it has ended, and the ConfigMap is out of sync. */
export async function refreshedOnce(cluster: Cluster, name: string): Promise<void> {
  const path = `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${name}`;
  const { status } = (await cluster.request('GET', path)).body as ApplicationObject;
  const resources = status.resources.map((resource) => ({ ...resource, status: 'OutOfSync' }));
  const change = { metadata: { annotations: { 'argocd.argoproj.io/refresh': null } }, status: { resources } };
  const contentType = 'application/merge-patch+json';
  expectSuccess(await cluster.request('PATCH', path, change, { contentType }), `changing Application ${name}`);
}
