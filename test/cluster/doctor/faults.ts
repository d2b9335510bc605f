import type { Check } from '../../../plugin/doctor/check.ts';
import type { Cluster } from '../parts/cluster.ts';
import * as installation from '../manifests/installation.ts';
import type { KubeObject } from '../parts/objects.ts';

/** A set-up with one thing broken. */
export interface Broken {
  readonly title: string;
  readonly break: (cluster: Cluster) => Promise<unknown>;
  readonly check: Check['check'];
  readonly says: string | RegExp;
  /** What is left to be done after the fix, or instead of one that only shows more. */
  readonly mend?: (cluster: Cluster) => Promise<unknown>;
}

const namespaced = (kind: string, namespace: string, name: string): KubeObject => ({
  apiVersion: '',
  kind,
  metadata: { namespace, name },
});

const forbidden = JSON.stringify({
  level: 'error',
  code: 'CLUSTER_FORBIDDEN',
  message: 'list services in all namespaces is forbidden (403)',
  hint: 'add a rule',
});
const argoCdSays = `Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = plugin sidecar failed. error generating manifests in cmp: rpc error: code = Unknown desc = error generating manifests: \`/usr/local/bin/dynamic-toolset generate\` failed exit status 3: ${forbidden}`;

/** Each breaks an installation that is well, and shows as one fault. */
export const broken: readonly Broken[] = [
  {
    title: 'a repo-server without the sidecar',
    break: (cluster) => installation.installRepoServer(cluster, []),
    check: 'plugin',
    says: 'it has no container dynamic-toolset',
  },
  {
    title: 'a token for every container of the Pod',
    break: (cluster) => patchRepoServer(cluster, { automountServiceAccountToken: true }),
    check: 'plugin',
    says: 'every container of the Pod gets the token of its service account, which may read Services',
  },
  {
    title: 'a sidecar without a token',
    break: (cluster) => patchSidecar(cluster, ({ name }) => name !== 'dynamic-toolset-token'),
    check: 'plugin',
    says: 'the container dynamic-toolset has no token: nothing is mounted at /var/run/secrets/kubernetes.io/serviceaccount',
  },
  {
    title: 'a sidecar whose socket nobody sees',
    break: (cluster) => patchSidecar(cluster, ({ name }) => name !== 'plugins'),
    check: 'plugin',
    says: 'the container dynamic-toolset has no volume at /home/argocd/cmp-server/plugins, where the socket that the repo-server connects to is',
  },
  {
    title: 'an image that cannot be pulled',
    break: (cluster) =>
      installation.setContainerStatus(cluster, {
        ready: false,
        state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "dynamic-toolset:0.1.0"' } },
      }),
    check: 'plugin',
    says: 'the container dynamic-toolset waits in Pod argocd-repo-server-0: ImagePullBackOff: Back-off pulling image "dynamic-toolset:0.1.0"',
    mend: (cluster) => installation.setContainerStatus(cluster, {}),
  },
  {
    title: 'a sidecar that runs out of memory',
    break: (cluster) =>
      installation.setContainerStatus(cluster, { lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }),
    check: 'plugin',
    says: 'the container dynamic-toolset ran out of memory in Pod argocd-repo-server-0',
    mend: (cluster) => installation.setContainerStatus(cluster, { lastState: {} }),
  },
  {
    title: 'a service account that may read nothing in the cluster',
    break: (cluster) => installation.remove(cluster, clusterRoleBinding),
    check: 'access',
    says: 'it may not list services in all namespaces, list namespaces in all namespaces, list endpointslices in all namespaces',
  },
  {
    title: 'a service account that may not read the ConfigMap',
    break: (cluster) => installation.remove(cluster, namespaced('RoleBinding', 'holmesgpt', 'dynamic-toolset-target')),
    check: 'access',
    says: 'it may not get configmaps/custom-toolsets-configmap in namespace holmesgpt',
  },
  {
    title: 'no Application',
    break: (cluster) => installation.remove(cluster, namespaced('Application', 'argocd', 'holmesgpt-toolsets')),
    check: 'application',
    says: 'none of 0 asks for the plugin with spec.source.plugin.name: dynamic-toolset',
    mend: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'an Application that misspells the plugin',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { source: { repoURL: 'https://git.example.com/a.git', path: '.', plugin: { name: 'dynamic-toolsets' } } },
      }),
    check: 'application',
    says: 'it asks for the plugin "dynamic-toolsets", which is called dynamic-toolset',
  },
  {
    title: 'selfHeal that is off',
    break: (cluster) => installation.installApplication(cluster, { spec: { syncPolicy: { automated: {} } } }),
    check: 'self-heal',
    says: 'syncPolicy.automated.selfHeal is off: at the same commit nothing new of the cluster is applied',
  },
  {
    title: 'no automated sync at all',
    break: (cluster) => installation.installApplication(cluster, { spec: { syncPolicy: {} } }),
    check: 'self-heal',
    says: 'syncPolicy.automated is off: whatever is generated waits for somebody to sync it',
  },
  {
    title: 'automated sync that is switched off',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { syncPolicy: { automated: { enabled: false, selfHeal: true } } },
      }),
    check: 'self-heal',
    says: 'syncPolicy.automated is off: whatever is generated waits for somebody to sync it',
  },
  {
    title: 'a generation that failed',
    break: (cluster) =>
      installation.installApplication(cluster, {
        status: { sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError', message: argoCdSays }] },
      }),
    check: 'generation',
    says: 'ComparisonError: CLUSTER_FORBIDDEN list services in all namespaces is forbidden (403); add a rule',
    mend: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'another owner of the same ConfigMap',
    break: (cluster) =>
      installation.installApplication(cluster, {
        status: {
          conditions: [
            { type: 'SharedResourceWarning', message: 'ConfigMap/custom-toolsets-configmap is part of a and b' },
          ],
        },
      }),
    check: 'generation',
    says: 'SharedResourceWarning: ConfigMap/custom-toolsets-configmap is part of a and b',
    mend: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'an Application that nobody looks at',
    break: (cluster) =>
      installation.installApplication(cluster, { status: { reconciledAt: undefined, sync: undefined } }),
    check: 'generation',
    says: 'Argo CD has never looked at it: its controller does not run, or does not watch this namespace',
    mend: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'a sync that failed',
    break: (cluster) =>
      installation.installApplication(cluster, {
        status: {
          operationState: {
            phase: 'Failed',
            message: 'namespaces "holmesgpt" not found',
            operation: {},
            startedAt: '2026-01-01T00:00:00Z',
          },
          conditions: [{ type: 'SyncError', message: 'Failed last sync attempt: namespaces "holmesgpt" not found' }],
        },
      }),
    check: 'sync',
    says: 'the last sync failed, and selfHeal does not try it again: namespaces "holmesgpt" not found',
    mend: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'a ConfigMap that is not there',
    break: (cluster) => installation.remove(cluster, namespaced('ConfigMap', 'holmesgpt', 'custom-toolsets-configmap')),
    check: 'consumer',
    says: 'it is not there, though argocd/holmesgpt-toolsets should make it',
    mend: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'a ConfigMap that nobody mounts',
    break: (cluster) => cluster.apply([installation.holmes]),
    check: 'consumer',
    says: 'no Deployment or StatefulSet in namespace holmesgpt mounts a key of it',
  },
  {
    title: 'a consumer that looks elsewhere',
    break: (cluster) =>
      cluster.kubectl(['set', 'env', 'deployment/holmesgpt-holmes', '-n', 'holmesgpt', 'CUSTOM_TOOLSET_LOCATION-']),
    check: 'consumer',
    says: 'the container holmes reads /etc/holmes/config/custom_toolset.yaml, and the ConfigMap is at /etc/holmes/toolsets/custom_toolset.yaml',
  },
  {
    title: 'a file that is mounted by subPath',
    break: (cluster) =>
      cluster.apply([
        {
          ...installation.holmes,
          metadata: { ...installation.holmes.metadata, annotations: { 'reloader.stakater.com/auto': 'true' } },
          spec: bySubPath,
        },
      ]),
    check: 'consumer',
    says: '/etc/holmes/config/custom_toolset.yaml is mounted by subPath: it never changes while the Pod runs',
  },
  {
    title: 'a consumer that nothing starts again',
    break: async (cluster: Cluster): Promise<void> => {
      await installation.installConsumer(cluster);
      const annotate = ['annotate', 'deployment', 'holmesgpt-holmes', '-n', 'holmesgpt'];
      await cluster.kubectl([...annotate, 'configmap.reloader.stakater.com/reload-']);
    },
    check: 'reload',
    says: 'nothing starts it again when the ConfigMap changes, and HolmesGPT by itself never sees a changed URL',
  },
  {
    title: 'serve that has no Pod',
    break: (cluster) => installation.installServe(cluster, 0),
    check: 'serve',
    says: 'none of its Pods is ready',
    mend: (cluster) => installation.installServe(cluster),
  },
];

const clusterRoleBinding: KubeObject = {
  apiVersion: '',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'dynamic-toolset' },
};

const bySubPath = {
  selector: { matchLabels: { app: 'holmes' } },
  template: {
    metadata: { labels: { app: 'holmes' } },
    spec: {
      containers: [
        {
          name: 'holmes',
          image: 'robustadev/holmes:0.45.0',
          volumeMounts: [
            {
              name: 'config',
              mountPath: '/etc/holmes/config/custom_toolset.yaml',
              subPath: 'custom_toolset.yaml',
            },
          ],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'custom-toolsets-configmap' } }],
    },
  },
};

async function patchRepoServer(cluster: Cluster, spec: object): Promise<void> {
  const patch = JSON.stringify({ spec: { template: { spec } } });
  await cluster.kubectl(['patch', 'deployment', 'argocd-repo-server', '-n', 'argocd', '--patch', patch]);
}

/** Takes mounts from the sidecar. */
async function patchSidecar(cluster: Cluster, keeps: (mount: { readonly name: string }) => boolean): Promise<void> {
  const args = ['deployment', 'argocd-repo-server', '-n', 'argocd'];
  const deployment = JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json'])) as {
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Sidecar[] } } };
  };
  const { containers } = deployment.spec.template.spec;
  const index = containers.findIndex(({ name }) => name === 'dynamic-toolset');
  const value = containers[index]!.volumeMounts.filter(keeps);
  const patch = [{ op: 'replace', path: `/spec/template/spec/containers/${index}/volumeMounts`, value }];
  await cluster.kubectl(['patch', ...args, '--type', 'json', '--patch', JSON.stringify(patch)]);
}

interface Sidecar {
  readonly name: string;
  readonly volumeMounts: readonly { readonly name: string }[];
}
