import { keyOf } from '../lib/object-key.ts';
import { applicationOf, helmReleaseOf, managerOf, operatorOf, patchFile, quoted, setImage } from './fix-commands.ts';
import { newerImage } from './image-version.ts';
import type { Check, Remedy } from './reasons.ts';
import { because, finding } from './reasons.ts';
import type { Container, Pod, PodSpec, Workload } from './schemas.ts';
import { getOwn } from '../lib/json.ts';

/** The container's name in every manifest that this repository ships. */
export const sidecarName = 'dynamic-toolset';

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Mounts that Argo CD's plugin server needs: path, and what is there. */
const neededMounts = [
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

/** Whether the plugin is part of Argo CD, has what it needs, and runs. `pods` is `null` if they may not be read. */
export function checkPlugin(
  namespace: string,
  repoServers: readonly Workload[],
  pods: readonly Pod[] | null,
  version: string,
): Check[] {
  if (repoServers.length === 0) {
    const fix = ['kubectl get deployments --all-namespaces --selector app.kubernetes.io/component=repo-server'];
    return [finding(because('RepoServerNotFound'), `Namespace ${namespace}`, { fix })];
  }
  return repoServers.map((deployment) => checkDeployment(deployment, pods, version));
}

function checkDeployment(deployment: Workload, pods: readonly Pod[] | null, version: string): Check {
  const subject = subjectOf(deployment);
  const sidecar = sidecarIn(deployment.spec.template.spec);
  const remedy = { fix: [installCommand(deployment)], managedBy: applicationOf(deployment.metadata.annotations) };
  if (!sidecar) return finding(because('SidecarMissing', { container: sidecarName }), subject, remedy);
  const incomplete = incompleteSidecar(deployment, sidecar, remedy);
  if (incomplete) return incomplete;
  const outdated = newerImage(sidecar.image, version);
  if (outdated !== null) {
    const details = { container: sidecar.name, image: sidecar.image, version };
    const fix = [imageCommand(deployment, sidecar, outdated)];
    return finding(because('SidecarOutdated', details), subject, { fix, managedBy: remedy.managedBy });
  }
  if (pods === null) return finding(because('SidecarInstalled', { container: sidecar.name }), subject);
  return (
    notRunning(deployment, sidecar, pods) ?? finding(because('SidecarRunning', { container: sidecar.name }), subject)
  );
}

/** The container with the plugin, by its name, or else by its image's name. */
export function sidecarIn({ containers }: PodSpec): Container | undefined {
  return (
    containers.find(({ name }) => name === sidecarName) ?? containers.find(({ image }) => image.includes(sidecarName))
  );
}

function incompleteSidecar(deployment: Workload, { name, volumeMounts }: Container, remedy: Remedy): Check | null {
  const subject = subjectOf(deployment);
  const isMounted = (path: string): boolean => volumeMounts.some(({ mountPath }) => mountPath === path);
  const missing = neededMounts.find(([path]) => !isMounted(path));
  if (missing)
    return finding(
      because('VolumeMissing', { container: name, path: missing[0], content: missing[1] }),
      subject,
      remedy,
    );
  if (deployment.spec.template.spec.automountServiceAccountToken !== false)
    return finding(because('TokenShared'), subject, remedy);
  return isMounted(serviceAccountFolder)
    ? null
    : finding(because('TokenMissing', { container: name, path: serviceAccountFolder }), subject, remedy);
}

/** The first Pod of the Deployment whose sidecar does not run; `null` if it runs in all of them. */
function notRunning(deployment: Workload, sidecar: Container, pods: readonly Pod[]): Check | null {
  const labels = Object.entries(deployment.spec.selector.matchLabels);
  const own = pods.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined &&
      labels.every(([key, value]) => getOwn(metadata.labels, key) === value),
  );
  if (own.length === 0)
    return finding(because('PodMissing'), subjectOf(deployment), { fix: [describeCommand(deployment)] });
  for (const pod of own) {
    const check = notRunningIn(pod, deployment, sidecar) ?? outdatedPod(pod, deployment, sidecar);
    if (check) return check;
  }
  return null;
}

function notRunningIn(pod: Pod, deployment: Workload, { name }: Container): Check | null {
  const subject = subjectOf(deployment);
  const details = { container: name, pod: pod.metadata.name };
  const { namespace, name: deploymentName } = deployment.metadata;
  const describe = describeCommand(deployment);
  const logs = `kubectl --namespace ${namespace} logs deployment/${deploymentName} --container ${name}`;
  const status = pod.status.containerStatuses.find((one) => one.name === name);
  if (!status) return finding(because('SidecarNotStarted', details), subject, { fix: [describe] });
  const { waiting, running } = status.state;
  const terminated = status.state.terminated ?? status.lastState.terminated;
  if (terminated?.reason === 'OOMKilled') {
    const resources = `kubectl --namespace ${namespace} set resources deployment/${deploymentName}`;
    const fix = [`${resources} --containers=${name} --limits=memory=2Gi`];
    return finding(because('SidecarOutOfMemory', details), subject, { fix, managedBy: managerOf(deployment) });
  }
  if (waiting) {
    const why = waiting.message === '' ? waiting.reason : `${waiting.reason}: ${waiting.message}`;
    return finding(because('SidecarWaiting', { ...details, why }), subject, { fix: [logs, describe] });
  }
  if (running === undefined || !status.ready)
    return finding(because('SidecarNotReady', details), subject, { fix: [logs] });
  return null;
}

/** A Pod from before the last change, not replaced by a rollout yet. */
function outdatedPod(pod: Pod, deployment: Workload, { name, image: wanted }: Container): Check | null {
  const image = pod.spec.containers.find((one) => one.name === name)?.image;
  if (image === undefined || image === wanted) return null;
  const { namespace, name: deploymentName } = deployment.metadata;
  const fix = [
    `kubectl --namespace ${namespace} rollout restart deployment/${deploymentName}`,
    describeCommand(deployment),
  ];
  return finding(because('PodOutdated', { pod: pod.metadata.name, image, wanted }), subjectOf(deployment), { fix });
}

function subjectOf(deployment: Workload): string {
  return `Deployment ${keyOf(deployment.metadata)}`;
}

function describeCommand({ metadata: { namespace, name } }: Workload): string {
  return `kubectl --namespace ${namespace} describe deployment ${name}`;
}

/** Uses the tool that installed Argo CD, which would undo any other change at its next run. */
function installCommand({ metadata }: Workload): string {
  const { namespace, name } = metadata;
  const operator = operatorOf(metadata);
  if (operator !== null) return `${patchArgoCd(namespace, operator)} --patch-file ${manifestOf.operator}`;
  const release = helmReleaseOf(metadata);
  if (release !== null) return `${upgradeArgoCd(namespace, release)} --values ${manifestOf.helm}`;
  return `kubectl --namespace ${namespace} patch deployment ${name} ${patchFile('manifests/sidecar/patch.yaml', 'argocd-repo-server', name)}`;
}

/** Changes the sidecar's image in the same way. */
function imageCommand(deployment: Workload, sidecar: Container, image: string): string {
  const { namespace } = deployment.metadata;
  const withImage = (file: string): string => `sed ${quoted(`s|image: dynamic-toolset:.*|image: ${image}|`)} ${file}`;
  const operator = operatorOf(deployment.metadata);
  if (operator !== null)
    return `${withImage(manifestOf.operator)} | ${patchArgoCd(namespace, operator)} --patch-file /dev/stdin`;
  const release = helmReleaseOf(deployment.metadata);
  if (release !== null) return `${withImage(manifestOf.helm)} | ${upgradeArgoCd(namespace, release)} --values -`;
  return setImage(deployment, sidecar, image);
}

const manifestOf = { operator: 'manifests/argocd-operator/argocd.yaml', helm: 'manifests/helm/argo-cd.yaml' } as const;

function patchArgoCd(namespace: string, name: string): string {
  return `kubectl --namespace ${namespace} patch argocd ${name} --type merge`;
}

function upgradeArgoCd(namespace: string, release: string): string {
  return `helm upgrade ${quoted(release)} argo/argo-cd --namespace ${namespace} --reuse-values`;
}
