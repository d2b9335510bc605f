import * as z from 'zod';
import type { Check } from './check.ts';
import { ok, problem, quoted } from './check.ts';
import type { Container, Pod, PodSpec, Workload } from './schemas.ts';
import { nameOf } from './schemas.ts';
import { helmReleaseOf, trackedHint } from './managed-config-maps.ts';

/** The container's name in every manifest that this repository ships. */
export const sidecarName = 'dynamic-toolset';

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where the plugin server looks for what it needs. */
const places = [
  ['/var/run/argocd', "Argo CD's plugin server"],
  ['/home/argocd/cmp-server/plugins', 'the socket that the repo-server connects to'],
  ['/tmp', 'the repository that is sent'],
] as const;

/** The Deployments of a repo-server, however Argo CD was installed. */
export function repoServersAmong(workloads: readonly Workload[]): readonly Workload[] {
  return workloads.filter(
    ({ metadata: { name, labels } }) =>
      labels['app.kubernetes.io/component'] === 'repo-server' || name.endsWith('repo-server'),
  );
}

/** Whether the plugin is a part of Argo CD, has what it needs, and runs. `pods` is `null` where they may not be read. */
export function checkPlugin(namespace: string, repoServers: readonly Workload[], pods: readonly Pod[] | null): Check[] {
  if (repoServers.length === 0) {
    return [
      problem(
        'plugin',
        `Namespace ${namespace}`,
        'there is no Deployment of a repo-server: name the namespace of Argo CD with --argocd-namespace',
        'kubectl get deployments --all-namespaces --selector app.kubernetes.io/component=repo-server',
      ),
    ];
  }
  return repoServers.map((deployment) => checkDeployment(deployment, pods));
}

function checkDeployment(deployment: Workload, pods: readonly Pod[] | null): Check {
  const subject = `Deployment ${nameOf(deployment)}`;
  const pod = deployment.spec.template.spec;
  const sidecar = sidecarIn(pod);
  const missing = sidecar ? missingIn(sidecar, pod) : `it has no container ${sidecarName}`;
  if (!sidecar || missing !== null)
    return problem('plugin', subject, `${missing ?? ''}${trackedHint(deployment.metadata)}`, patchOf(deployment));
  const faults = pods && faultsOf(deployment, sidecar, pods);
  if (faults === null)
    return ok('plugin', subject, `it has the container ${sidecar.name}; whether it runs was not seen`);
  return faults[0] ?? ok('plugin', subject, `the container ${sidecar.name} runs`);
}

function sidecarIn({ containers }: PodSpec): Container | undefined {
  return (
    containers.find(({ name }) => name === sidecarName) ?? containers.find(({ image }) => image.includes(sidecarName))
  );
}

function missingIn({ name, volumeMounts }: Container, pod: PodSpec): string | null {
  const place = places.find(([path]) => !volumeMounts.some(({ mountPath }) => mountPath === path));
  if (place) return `the container ${name} has no volume at ${place[0]}, where ${place[1]} is`;
  if (pod.automountServiceAccountToken !== false)
    return 'every container of the Pod gets the token of its service account, which may read Services';
  const token = volumeMounts.find(({ mountPath }) => mountPath === serviceAccountFolder);
  return token ? null : `the container ${name} has no token: nothing is mounted at ${serviceAccountFolder}`;
}

function faultsOf(deployment: Workload, { name }: Container, pods: readonly Pod[]): Check[] {
  const { namespace } = deployment.metadata;
  const subject = `Deployment ${nameOf(deployment)}`;
  const labels = Object.entries(deployment.spec.selector.matchLabels);
  const own = pods.filter(({ metadata }) => labels.every(([key, value]) => metadata.labels[key] === value));
  const logs = `kubectl --namespace ${namespace} logs deployment/${deployment.metadata.name} --container ${name}`;
  const describe = `kubectl --namespace ${namespace} describe deployment ${deployment.metadata.name}`;
  if (own.length === 0) return [problem('plugin', subject, 'it has no Pod', describe)];
  return own.flatMap((pod) => {
    const status = pod.status.containerStatuses.find((one) => one.name === name);
    const where = `in Pod ${pod.metadata.name}`;
    if (!status) return [problem('plugin', subject, `the container ${name} was not started ${where}`, describe)];
    const { waiting, running } = status.state;
    const last = status.state.terminated ?? status.lastState.terminated;
    if (last?.reason === 'OOMKilled') {
      const resources = `kubectl --namespace ${namespace} set resources deployment/${deployment.metadata.name}`;
      const fix = `${resources} --containers=${name} --limits=memory=2Gi`;
      return [problem('plugin', subject, `the container ${name} ran out of memory ${where}`, fix)];
    }
    if (waiting) {
      const said = waiting.message === '' ? '' : `: ${waiting.message}`;
      return [
        problem('plugin', subject, `the container ${name} waits ${where}: ${waiting.reason}${said}`, logs, describe),
      ];
    }
    if (running === undefined || !status.ready)
      return [problem('plugin', subject, `the container ${name} is not ready ${where}`, logs)];
    return [];
  });
}

/** By what Argo CD was installed with: any other way would be undone with its next change. */
function patchOf({ metadata }: Workload): string {
  const { namespace, name } = metadata;
  const operator = metadata.ownerReferences.find(({ kind }) => kind === 'ArgoCD');
  if (operator)
    return `kubectl --namespace ${namespace} patch argocd ${operator.name} --type merge --patch-file manifests/argocd-operator/argocd.yaml`;
  const release = helmReleaseOf(metadata);
  if (release !== null)
    return `helm upgrade ${quoted(release)} argo/argo-cd --namespace ${namespace} --reuse-values --values manifests/helm/argo-cd.yaml`;
  return `kubectl --namespace ${namespace} patch deployment ${name} ${patchFile('manifests/sidecar/patch.yaml', 'argocd-repo-server', name)}`;
}

/** The file as it is for the name in it; a patch for another one has to say that one. */
export function patchFile(file: string, own: string, name: string): string {
  return own === name ? `--patch-file ${file}` : `--patch "$(sed 's/^  name: .*/  name: ${name}/' ${file})"`;
}

const maxChars = 600;

const Own = z.object({ code: z.string(), message: z.string(), hint: z.string().default('') });

/** What the plugin said in a condition of Argo CD, without what Argo CD puts around it; the beginning of any other text. */
export function extractPluginError(condition: string): string {
  const start = condition.indexOf('{"level":"error"');
  const own = start === -1 ? undefined : parse(condition.slice(start));
  const text = own ? `${own.code} ${own.message}; ${own.hint}` : condition;
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}

/** The first line: nothing of ours has a second one. */
function parse(text: string): z.infer<typeof Own> | undefined {
  try {
    return Own.safeParse(JSON.parse(text.split('\n')[0] ?? '')).data;
  } catch {
    return undefined;
  }
}
