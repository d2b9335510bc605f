import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { toolPaths } from '../../tools/build.ts';
import { endpointSlice, service } from '../support/backends.ts';
import type { Cluster } from '../parts/cluster.ts';
import { kustomize, manifests, repoServerFolder } from './manifests.ts';
import type { KubeObject } from '../parts/objects.ts';
import { gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { applyRbac } from '../support/rbac.ts';
import { expectSuccess } from '../parts/request.ts';

/** As the controllers of a healthy cluster write it; nothing runs here that would. */
const running = {
  name: 'dynamic-toolset',
  ready: true,
  state: { running: {} },
  image: '',
  imageID: '',
  restartCount: 0,
};

const serviceAccount: KubeObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: 'argocd', name: 'argocd-repo-server' },
};

function repoServerPod(image: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'argocd',
      name: 'argocd-repo-server-0',
      labels: { 'app.kubernetes.io/name': 'argocd-repo-server' },
    },
    spec: {
      serviceAccountName: 'argocd-repo-server',
      automountServiceAccountToken: false,
      containers: [{ name: 'dynamic-toolset', image }],
    },
  };
}

/** HolmesGPT as its chart makes it, as far as it matters here. */
export const holmes: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'holmesgpt-holmes', namespace: 'holmesgpt', labels: { app: 'holmes' } },
  spec: {
    selector: { matchLabels: { app: 'holmes' } },
    template: {
      metadata: { labels: { app: 'holmes' } },
      spec: { containers: [{ name: 'holmes', image: 'robustadev/holmes:0.45.0' }] },
    },
  },
};

export const serve: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'dynamic-toolset-serve',
    namespace: 'dynamic-toolset',
    labels: { 'app.kubernetes.io/name': 'dynamic-toolset-serve' },
  },
  spec: {
    selector: { matchLabels: { app: 'serve' } },
    template: {
      metadata: { labels: { app: 'serve' } },
      spec: { containers: [{ name: 'serve', image: 'dynamic-toolset:0.1.0' }] },
    },
  },
};

/** A whole installation as our manifests make it, all of it well; to be put back after each thing that is broken. */
export async function install(cluster: Cluster, program: Program): Promise<void> {
  await applyRbac(cluster, 'cluster');
  await applyRbac(cluster, 'evidence');
  await cluster.apply([serviceAccount, service('monitoring', 'prometheus', 9090)]);
  await cluster.apply([endpointSlice('monitoring', 'prometheus', { ready: 1 })]);
  await installRepoServer(cluster);
  await runRepoServer(cluster);
  await installProject(cluster);
  await installApplication(cluster);
  await generateConfigMap(cluster, program);
  await installConsumer(cluster);
  await installServe(cluster);
}

/** Argo CD's own Deployment with the component of the sidecar; without it for `[]`. */
export async function installRepoServer(cluster: Cluster, components: readonly string[] = ['sidecar']): Promise<void> {
  const folder = await repoServerFolder(cluster);
  const more = { namespace: 'argocd' };
  await cluster.apply([parse(await kustomize(cluster, folder, 'repo-server.yaml', components, more)) as KubeObject]);
}

/** Its Pod, as if a kubelet ran it. */
export async function runRepoServer(cluster: Cluster, image = 'dynamic-toolset:0.1.0'): Promise<void> {
  await cluster.apply([repoServerPod(image)]);
  await setContainerStatus(cluster, {});
}

/** What the kubelet says of the sidecar. */
export async function setContainerStatus(cluster: Cluster, change: object): Promise<void> {
  const path = '/api/v1/namespaces/argocd/pods/argocd-repo-server-0/status';
  const status = { phase: 'Running', containerStatuses: [{ ...running, ...change }] };
  const options = { contentType: 'application/merge-patch+json' };
  expectSuccess(await cluster.request('PATCH', path, { status }, options), 'setting the status of a Pod');
}

/** The example's AppProject. */
export async function installProject(cluster: Cluster, change: object = {}): Promise<void> {
  const project = parse(await readFile(join(manifests, 'application/project.yaml'), 'utf8')) as KubeObject;
  await cluster.apply([{ ...project, spec: { ...(project.spec as object), ...change } }]);
}

/** The example Application, as Argo CD leaves it after a good sync. `change` is merged over both. */
export async function installApplication(
  cluster: Cluster,
  change: { metadata?: object; spec?: object; status?: object } = {},
): Promise<void> {
  const application = parse(await readFile(join(manifests, 'application/application.yaml'), 'utf8')) as KubeObject;
  const status = {
    reconciledAt: '2026-01-01T00:00:00Z',
    sync: { status: 'Synced' },
    health: { status: 'Healthy' },
    resources: [{ version: 'v1', kind: 'ConfigMap', namespace: 'holmesgpt', name: 'custom-toolsets-configmap' }],
    operationState: { phase: 'Succeeded', operation: { sync: {} }, startedAt: '2026-01-01T00:00:00Z' },
    ...change.status,
  };
  const metadata = { ...application.metadata, ...change.metadata };
  const spec = { ...(application.spec as object), ...change.spec };
  await cluster.apply([{ ...application, metadata, spec, status }]);
}

export async function generateConfigMap(cluster: Cluster, program: Program, spec: object = {}): Promise<void> {
  const settings = toolsetYaml({ health: { check: 'readiness' }, ...spec });
  const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
  const args = ['generate', '--path', folder, '--kubeconfig', await cluster.kubeconfig()];
  const input = outputOf(await program.run(args));
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });
}

/** HolmesGPT with our patch. */
export async function installConsumer(cluster: Cluster): Promise<void> {
  await cluster.apply([holmes]);
  const patch = ['--patch-file', join(manifests, 'holmesgpt/patch.yaml')];
  await cluster.kubectl(['patch', 'deployment', 'holmesgpt-holmes', '-n', 'holmesgpt', ...patch]);
}

export async function installServe(cluster: Cluster, availableReplicas = 1): Promise<void> {
  await cluster.apply([serve]);
  const path = '/apis/apps/v1/namespaces/dynamic-toolset/deployments/dynamic-toolset-serve/status';
  const options = { contentType: 'application/merge-patch+json' };
  const status = { replicas: 1, readyReplicas: availableReplicas, availableReplicas };
  expectSuccess(await cluster.request('PATCH', path, { status }, options), 'setting the status of a Deployment');
}

export async function remove(cluster: Cluster, { kind, metadata }: KubeObject): Promise<void> {
  const place = metadata.namespace === undefined ? [] : ['-n', metadata.namespace];
  await cluster.kubectl(['delete', kind.toLowerCase(), metadata.name, ...place, '--ignore-not-found']);
}

/** Pastes a command into a shell in a checkout of this repository, as an administrator of the cluster. */
export async function paste(cluster: Cluster, command: string): Promise<string> {
  const env = {
    PATH: [dirname(toolPaths().kubectl), process.env.PATH ?? ''].join(delimiter),
    HOME: cluster.folder,
    KUBECONFIG: await cluster.kubeconfig(),
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  execFile('sh', ['-ec', command], { cwd: join(manifests, '..'), env }, (error, stdout, stderr) => {
    if (error) reject(new Error(`${command}: ${stdout}${stderr.trim() || error.message}`, { cause: error }));
    else resolve(stdout);
  });
  return promise;
}
