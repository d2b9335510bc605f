import type { Check } from './check.ts';
import { ok, problem } from './check.ts';
import type { Workload } from './schemas.ts';
import { nameOf } from './schemas.ts';

/** The label and the namespace that serve has in manifests/serve. */
export const serveSelector = 'app.kubernetes.io/name=dynamic-toolset-serve';
export const serveNamespace = 'dynamic-toolset';

/** Whether something asks Argo CD to look again when the cluster changes. */
export function checkServe(deployments: readonly Workload[]): Check[] {
  if (deployments.length === 0) {
    const message = 'it is not installed: the cluster is looked at with each commit, and otherwise once in 24 hours';
    return [problem('serve', 'dynamic-toolset serve', message, 'kubectl apply --kustomize manifests/serve/kubernetes')];
  }
  return deployments.map((deployment) => {
    const subject = `Deployment ${nameOf(deployment)}`;
    const { namespace, name } = deployment.metadata;
    if (deployment.status.availableReplicas > 0) return ok('serve', subject, 'it runs');
    return problem(
      'serve',
      subject,
      'none of its Pods is ready',
      `kubectl --namespace ${namespace} describe deployment ${name}`,
      `kubectl --namespace ${namespace} logs deployment/${name}`,
    );
  });
}
