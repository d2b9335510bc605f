import type { Reason } from '../../../plugin/doctor/reasons.ts';
import type { Cluster } from '../parts/cluster.ts';
import * as installation from '../manifests/installation.ts';
import type { KubeObject } from '../parts/objects.ts';

/** A set-up with one thing broken. */
export interface Broken {
  readonly title: string;
  readonly break: (cluster: Cluster) => Promise<unknown>;
  readonly reason: Reason;
  /** What the message names, where it depends on what was broken. */
  readonly detail?: string;
  /** What is left to be done after the fix, or instead of one that only shows more. */
  readonly repair?: (cluster: Cluster) => Promise<unknown>;
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

/** What detectors read of the one group with custom resources that the cluster serves, and with Pods. */
const ofOperator = ['alertmanagers', 'prometheuses', 'thanosrulers'].map((one) => `${one}.monitoring.coreos.com`);
const withPods = [...ofOperator, 'pods'].sort();

/** Each breaks a working installation, and shows as one fault. */
export const broken: readonly Broken[] = [
  {
    title: 'a repo-server without the sidecar',
    break: (cluster) => installation.installRepoServer(cluster, []),
    reason: 'SidecarMissing',
  },
  {
    title: 'a token for every container of the Pod',
    break: (cluster) => patchRepoServer(cluster, { automountServiceAccountToken: true }),
    reason: 'TokenShared',
  },
  {
    title: 'a sidecar without a token',
    break: (cluster) => patchSidecar(cluster, ({ name }) => name !== 'dynamic-toolset-token'),
    reason: 'TokenMissing',
  },
  {
    title: 'a sidecar whose socket is not on the shared volume',
    break: (cluster) => patchSidecar(cluster, ({ name }) => name !== 'plugins'),
    reason: 'VolumeMissing',
    detail: '/home/argocd/cmp-server/plugins',
  },
  {
    title: 'an image that cannot be pulled',
    break: (cluster) =>
      installation.setContainerStatus(cluster, {
        ready: false,
        state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "dynamic-toolset:0.1.0"' } },
      }),
    reason: 'SidecarWaiting',
    detail: 'in Pod argocd-repo-server-0: ImagePullBackOff: Back-off pulling image "dynamic-toolset:0.1.0"',
    repair: (cluster) => installation.setContainerStatus(cluster, {}),
  },
  {
    title: 'a sidecar that runs out of memory',
    break: (cluster) =>
      installation.setContainerStatus(cluster, { lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }),
    reason: 'SidecarOutOfMemory',
    repair: (cluster) => installation.setContainerStatus(cluster, { lastState: {} }),
  },
  {
    title: 'a service account that may read nothing in the cluster',
    break: (cluster) => installation.remove(cluster, clusterRoleBinding),
    reason: 'PermissionsMissing',
    detail:
      'list services in all namespaces, list namespaces in all namespaces, list endpointslices in all namespaces, get applications in namespace argocd',
  },
  {
    title: 'a service account that may not read the ConfigMap',
    break: (cluster) => installation.remove(cluster, namespaced('RoleBinding', 'holmesgpt', 'dynamic-toolset-target')),
    reason: 'PermissionsMissing',
    detail: 'get configmaps/custom-toolsets-configmap in namespace holmesgpt',
  },
  {
    title: 'a service account that may read no evidence',
    break: (cluster) => installation.remove(cluster, evidenceBinding),
    reason: 'EvidenceForbidden',
    detail: `it may not get ${withPods.join(', ')} in all namespaces`,
  },
  {
    title: 'a role for evidence without a custom resource',
    break: (cluster) =>
      cluster.kubectl(['patch', 'clusterrole', 'dynamic-toolset-evidence', '--type=merge', '--patch', podsAlone]),
    reason: 'EvidenceForbidden',
    detail: `it may not get ${ofOperator.join(', ')} in all namespaces`,
  },
  {
    title: 'no Application',
    break: (cluster) => installation.remove(cluster, namespaced('Application', 'argocd', 'holmesgpt-toolsets')),
    reason: 'PluginNotUsed',
    repair: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'an Application that misspells the plugin',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { source: { repoURL: 'https://git.example.com/a.git', path: '.', plugin: { name: 'dynamic-toolsets' } } },
      }),
    reason: 'PluginNameMisspelt',
  },
  {
    title: 'a plugin without a name',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { source: { repoURL: 'https://git.example.com/a.git', path: '.', plugin: {} } },
        status: {
          conditions: [{ type: 'ComparisonError', message: 'could not find plugin supporting the given repository' }],
        },
      }),
    reason: 'PluginUnnamed',
    repair: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'a source with Helm and the plugin',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: {
          source: {
            ...{ repoURL: 'https://git.example.com/a.git', path: '.', plugin: { name: 'dynamic-toolset' } },
            helm: { releaseName: 'a' },
          },
        },
      }),
    reason: 'SourceKindsMixed',
    detail: 'a source has helm beside the plugin',
  },
  {
    title: 'a hydrated Application',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: {
          source: undefined,
          sourceHydrator: {
            drySource: {
              ...{ repoURL: 'https://git.example.com/a.git', path: '.', targetRevision: 'main' },
              plugin: { name: 'dynamic-toolset' },
            },
            syncSource: { targetBranch: 'hydrated', path: 'a' },
          },
        },
      }),
    reason: 'SourceHydrated',
  },
  {
    title: 'a destination in another cluster',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { destination: { name: 'spoke', namespace: 'holmesgpt' } },
      }),
    reason: 'OtherCluster',
    detail: 'its destination is cluster "spoke"',
  },
  {
    title: 'a project that permits no ConfigMap',
    break: (cluster) =>
      installation.installProject(cluster, {
        namespaceResourceWhitelist: [{ group: 'apps', kind: '*' }],
        namespaceResourceBlacklist: [
          { group: '', kind: 'Secret' },
          { group: '', kind: 'Config*' },
        ],
      }),
    reason: 'ProjectForbidsKind',
    repair: (cluster) => installation.installProject(cluster),
  },
  {
    title: 'Argo CD settings that exclude ConfigMaps',
    break: (cluster) =>
      cluster.apply([
        {
          ...namespaced('ConfigMap', 'argocd', 'argocd-cm'),
          apiVersion: 'v1',
          data: { 'resource.exclusions': "- {apiGroups: [''], kinds: [ConfigMap, Event], clusters: ['*']}\n" },
        },
      ]),
    reason: 'ConfigMapsExcluded',
    detail: 'resource.exclusions hides ConfigMaps',
  },
  {
    title: 'Argo CD settings that ignore differences of the data of ConfigMaps',
    break: (cluster) =>
      cluster.apply([
        {
          ...namespaced('ConfigMap', 'argocd', 'argocd-cm'),
          apiVersion: 'v1',
          data: { 'resource.customizations.ignoreDifferences.ConfigMap': 'jsonPointers: [/data]\n' },
        },
      ]),
    reason: 'SettingsIgnoreDifferences',
    detail: 'ignoreDifferences.ConfigMap hides /data in ConfigMap holmesgpt/custom-toolsets-configmap',
  },
  {
    title: 'a sidecar of an older version',
    break: (cluster) => setSidecarImage(cluster, 'dynamic-toolset:0.0.9'),
    reason: 'SidecarOutdated',
    detail: 'runs dynamic-toolset:0.0.9, which is older than ',
  },
  {
    title: 'a Pod that still runs another image than its Deployment',
    break: (cluster) => setSidecarImage(cluster, 'dynamic-toolset:next'),
    reason: 'PodOutdated',
    detail: 'Pod argocd-repo-server-0 runs dynamic-toolset:0.1.0, not dynamic-toolset:next',
    repair: (cluster) => setSidecarImage(cluster, 'dynamic-toolset:0.1.0'),
  },
  {
    title: 'disabled selfHeal',
    break: (cluster) => installation.installApplication(cluster, { spec: { syncPolicy: { automated: {} } } }),
    reason: 'SelfHealOff',
  },
  {
    title: 'no automated sync at all',
    break: (cluster) => installation.installApplication(cluster, { spec: { syncPolicy: {} } }),
    reason: 'AutomatedSyncOff',
  },
  {
    title: 'disabled automated sync',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { syncPolicy: { automated: { enabled: false, selfHeal: true } } },
      }),
    reason: 'AutomatedSyncOff',
  },
  {
    title: 'a failed generation',
    break: (cluster) =>
      installation.installApplication(cluster, {
        status: { sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError', message: argoCdSays }] },
      }),
    reason: 'GenerationFailed',
    detail: 'ComparisonError: CLUSTER_FORBIDDEN list services in all namespaces is forbidden (403); add a rule',
    repair: (cluster) => installation.installApplication(cluster),
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
    reason: 'ConditionReported',
    detail: 'SharedResourceWarning: ConfigMap/custom-toolsets-configmap is part of a and b',
    repair: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'an Application that was never compared',
    break: (cluster) =>
      installation.installApplication(cluster, { status: { reconciledAt: undefined, sync: undefined } }),
    reason: 'NeverCompared',
    repair: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'a failed sync',
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
    reason: 'SyncFailed',
    detail: 'namespaces "holmesgpt" not found',
    repair: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'ignored differences of the ConfigMap',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { ignoreDifferences: [{ kind: 'ConfigMap', jsonPointers: ['/data'] }] },
      }),
    reason: 'DifferencesIgnored',
    detail: 'hides /data in its ConfigMap',
  },
  {
    title: 'ignored differences of all that one manager wrote of the ConfigMap',
    break: (cluster) =>
      installation.installApplication(cluster, {
        spec: { ignoreDifferences: [{ kind: 'ConfigMap', managedFieldsManagers: ['kubectl'] }] },
      }),
    reason: 'DifferencesIgnored',
    detail: 'hides the fields of manager kubectl in its ConfigMap',
  },
  {
    title: 'a missing ConfigMap',
    break: (cluster) => installation.remove(cluster, namespaced('ConfigMap', 'holmesgpt', 'custom-toolsets-configmap')),
    reason: 'ConfigMapMissing',
    detail: 'argocd/holmesgpt-toolsets',
    repair: (cluster) => installation.installApplication(cluster),
  },
  {
    title: 'a ConfigMap that no workload mounts',
    break: (cluster) => cluster.apply([installation.holmes]),
    reason: 'NotMounted',
  },
  {
    title: 'a consumer that reads its toolsets from elsewhere',
    break: (cluster) =>
      cluster.kubectl(['set', 'env', 'deployment/holmesgpt-holmes', '-n', 'holmesgpt', 'CUSTOM_TOOLSET_LOCATION-']),
    reason: 'MountedElsewhere',
    detail: '/etc/holmes/toolsets/custom_toolset.yaml',
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
    reason: 'MountedBySubPath',
    detail: '/etc/holmes/config/custom_toolset.yaml',
  },
  {
    title: 'a consumer that is not restarted on changes',
    break: async (cluster: Cluster): Promise<void> => {
      await installation.installConsumer(cluster);
      const annotate = ['annotate', 'deployment', 'holmesgpt-holmes', '-n', 'holmesgpt'];
      await cluster.kubectl([...annotate, 'configmap.reloader.stakater.com/reload-']);
    },
    reason: 'ReloaderMissing',
  },
  {
    title: 'serve without a Pod',
    break: (cluster) => installation.installServe(cluster, 0),
    reason: 'ServeNotReady',
    repair: (cluster) => installation.installServe(cluster),
  },
];

const clusterRoleBinding: KubeObject = {
  apiVersion: '',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'dynamic-toolset' },
};

const evidenceBinding: KubeObject = {
  apiVersion: '',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'dynamic-toolset-evidence' },
};

const podsAlone = JSON.stringify({ rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] });

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

async function setSidecarImage(cluster: Cluster, image: string): Promise<void> {
  await cluster.kubectl(['-n', 'argocd', 'set', 'image', 'deployment/argocd-repo-server', `dynamic-toolset=${image}`]);
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
