import { keyOf } from '../lib/object-key.ts';
import { managerOf, setImage } from './fix-commands.ts';
import { newerImage } from './image-version.ts';
import type { Check } from './reasons.ts';
import { because, finding } from './reasons.ts';
import type { Workload } from './schemas.ts';

/** The label and the namespace of serve in manifests/serve. */
export const serveSelector = 'app.kubernetes.io/name=dynamic-toolset-serve';
export const serveNamespace = 'dynamic-toolset';
/** The name used by manifests/serve. */
export const serveAccount = { namespace: serveNamespace, name: 'dynamic-toolset-serve' } as const;

/** Whether serve is installed and runs: it asks Argo CD for a refresh when the cluster changes. */
export function checkServe(deployments: readonly Workload[], version: string): Check[] {
  if (deployments.length === 0) {
    const fix = ['kubectl apply --kustomize manifests/serve/kubernetes'];
    return [finding(because('ServeNotInstalled'), 'dynamic-toolset serve', { fix })];
  }
  return deployments.map((deployment) => {
    const subject = `Deployment ${keyOf(deployment.metadata)}`;
    const { namespace, name } = deployment.metadata;
    const container = deployment.spec.template.spec.containers.find(({ image }) => newerImage(image, version) !== null);
    if (container) {
      const fix = [setImage(deployment, container, newerImage(container.image, version) ?? '')];
      const managedBy = managerOf(deployment);
      return finding(because('ServeOutdated', { image: container.image, version }), subject, { fix, managedBy });
    }
    if (deployment.status.availableReplicas > 0) return finding(because('ServeRunning'), subject);
    const fix = [
      `kubectl --namespace ${namespace} describe deployment ${name}`,
      `kubectl --namespace ${namespace} logs deployment/${name}`,
    ];
    return finding(because('ServeNotReady'), subject, { fix });
  });
}
