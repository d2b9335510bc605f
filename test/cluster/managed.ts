import type { Cluster } from './cluster.ts';
import type { KubeObject } from './objects.ts';
import { gitFolder, outputOf, toolsetYaml } from './program.ts';
import type { Program } from './program.ts';

/**
 * Where no Argo CD runs: the ConfigMap that `generate` prints now, and an Application of that name that lists it, as
 * Argo CD leaves them after a sync.
 */
export async function syncedOnce(cluster: Cluster, program: Program, name: string, spec: object = {}): Promise<void> {
  const folder = await gitFolder(cluster.folder, {
    'toolset.yaml': toolsetYaml({ health: { check: 'readiness' }, ...spec }),
  });
  const input = outputOf(await program.run(['generate', '--path', folder, '--kubeconfig', await cluster.kubeconfig()]));
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } }]);
  const applied = await cluster.kubectl(['apply', '--field-manager', 'argocd-controller', '-o', 'json', '-f', '-'], {
    input,
  });
  const { metadata } = JSON.parse(applied) as KubeObject;
  await cluster.apply([applicationOf(name, metadata)]);
}

function applicationOf(name: string, configMap: KubeObject['metadata']): KubeObject {
  const resource = { version: 'v1', kind: 'ConfigMap', namespace: configMap.namespace, name: configMap.name };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { namespace: 'argocd', name },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: configMap.namespace },
      source: { repoURL: 'https://git.example.com/toolsets.git', path: name, plugin: { name: 'dynamic-toolset' } },
      syncPolicy: { automated: { selfHeal: true } },
    },
    status: { resources: [{ ...resource, status: 'Synced' }] },
  };
}
