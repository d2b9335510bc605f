import * as z from 'zod';
import { ClusterGlobs, ClusterName, Duration, Globs, LabelSelector, Name } from './common.ts';
import { isOwnCluster } from '../../lib/cluster-name.ts';
import { Credentials } from './credentials.ts';
import { CustomDetectors, Detectors } from './detectors.ts';
import { Stores } from './stores.ts';
import { GitFileNames, Target, Targets } from './target.ts';

const Discovery = z.strictObject({
  namespaces: z
    .strictObject({
      include: Globs.min(1).default(['*']).describe('Globs of the namespaces to look in.'),
      exclude: z
        .array(z.string().max(253))
        .max(500)
        .default([])
        .describe('Globs of the namespaces to leave out, even if `include` matches them.'),
      selector: LabelSelector.prefault({}).describe('Label selector for namespaces.'),
    })
    .prefault({}),
  services: z
    .strictObject({ selector: LabelSelector.prefault({}).describe('Label selector for Services.') })
    .prefault({}),
  clusterDomain: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'invalid domain: expected one such as cluster.local')
    .max(253)
    .default('cluster.local')
    .describe("DNS domain of the cluster: kubelet's --cluster-domain."),
  evidence: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe(
      'Whether to read the custom resource or a Pod of a backend, if permitted, for what its Service does not show: route prefix, TLS, port.',
    ),
  firstQuestion: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe(
      'Whether to ask a new log, trace or metric store, with at most 4 GET requests, for what a first query needs to return data: tenant, names of labels, label of this cluster. off: use only `stores` and annotations.',
    ),
  instances: z
    .enum(['all', 'best'])
    .default('all')
    .describe(
      'If a product has several backends: all of them, where the consumer supports several instances, or only the best one.',
    ),
});

const Health = z.strictObject({
  check: z
    .enum(['http', 'readiness', 'none'])
    .default('http')
    .describe('http: send a request to the backend; readiness: read its EndpointSlices; none: no check.'),
  otherClusters: z
    .enum(['readiness', 'proxy'])
    .default('readiness')
    .describe(
      "How `http` checks backends in clusters other than the plugin's own. readiness: read their EndpointSlices; proxy: send the request through the service proxy of that cluster's API server, if the platform allows it.",
    ),
  timeoutSeconds: z
    .number()
    .min(0.1)
    .max(20)
    .default(1)
    .describe('Time in which a new backend must answer, for all attempts together.'),
  attempts: z
    .int()
    .min(1)
    .max(5)
    .default(3)
    .describe(
      'Maximum number of attempts within that time. A further attempt never delays the first attempt of another backend.',
    ),
  intervalSeconds: z.number().min(0).max(10).default(0.3).describe('Pause between attempts.'),
  evictAfter: Duration.default('10m').describe(
    'How long a backend that is in the ConfigMap may be unready before it is removed.',
  ),
});

const Trust = z.strictObject({
  namespaces: Globs.default([]).describe(
    'Globs of the trusted namespaces. Their Services may receive credentials, and are preferred to untrusted ones.',
  ),
  foreignEndpoints: z
    .boolean()
    .default(false)
    .describe('Whether an annotation may set an endpoint on a host other than that of its Service.'),
});

const Overrides = z.strictObject({
  files: GitFileNames.default(['overrides.yaml']).describe(
    'Override files, merged in this order: a base, then an environment. They may be anywhere in the repository.',
  ),
  patches: GitFileNames.default(['patches.yaml']).describe('Patch files, applied in this order after the merge.'),
  conflict: z
    .enum(['warn', 'error'])
    .default('warn')
    .describe(
      'Severity of a change that has no effect, is replaced by another one, or is rejected by the consumer: warning or error.',
    ),
});

interface TargetClusters {
  readonly urls?: string | undefined;
  readonly cluster?: object | undefined;
}

interface ClusterChoice {
  readonly cluster?: string | undefined;
  readonly clusters?: readonly string[] | undefined;
  readonly target: TargetClusters;
  readonly targets?: readonly TargetClusters[] | undefined;
}

interface Problem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** The problem with the choice of clusters, for one of the targets; `null` if there is none. */
function clustersProblem({ cluster, clusters, target, targets }: ClusterChoice): Problem | null {
  if (clusters === undefined) return null;
  if (cluster !== undefined)
    return { path: ['clusters'], message: 'invalid clusters: expected cluster or clusters, not both' };
  const isOwnAlone = clusters.every(isOwnCluster);
  const problems = targets?.map((one, index) => targetProblem(one, ['targets', index], isOwnAlone)) ?? [
    targetProblem(target, ['target'], isOwnAlone),
  ];
  return problems.find((one) => one !== null) ?? null;
}

function targetProblem({ urls, cluster }: TargetClusters, at: Problem['path'], isOwnAlone: boolean): Problem | null {
  if (cluster !== undefined)
    return {
      path: [...at, 'cluster'],
      message: 'invalid cluster: expected none beside clusters, since it labels a single cluster',
    };
  if (isOwnAlone || urls?.includes('${cluster}') === true) return null;
  return {
    path: urls === undefined ? ['clusters'] : [...at, 'urls'],
    message: `invalid clusters: expected ${at[0] === 'target' ? 'target.urls' : `urls of targets[${String(at[1])}]`} with \${cluster}, such as https://gateway.example.com/\${cluster}/\${namespace}/\${name}\${path}, for the names of Services mean nothing in another cluster`,
  };
}

/** What every `toolset.yaml` begins with; alone, it stands for the defaults. */
export const configHeader = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' } as const;

/** `toolset.yaml`: what to discover, and for which consumer. The defaults fit a cluster without special settings. */
export const ToolsetConfig = z.strictObject({
  apiVersion: z.literal(configHeader.apiVersion),
  kind: z.literal(configHeader.kind),
  metadata: z.strictObject({ name: Name.optional() }).optional(),
  spec: z
    .strictObject({
      cluster: ClusterName.optional().describe(
        'The cluster to read: its name in Argo CD, or the URL of its API server. The platform defines the clusters, and its policy who may read them. Default: the cluster that the plugin runs in, which Argo CD calls in-cluster.',
      ),
      clusters: ClusterGlobs.optional().describe(
        'Several clusters to read for one ConfigMap, in order of preference: their names in Argo CD, or globs that match the clusters the policy admits. Replaces `cluster`. Each target needs `urls` with `${cluster}`, so that a consumer in the cluster of the plugin can reach the Services of the others.',
      ),
      target: Target.prefault({}).describe('Consumer and its ConfigMap.'),
      targets: Targets.optional().describe(
        'Several consumers, each with its ConfigMap, from one discovery. Replaces `target`. `spec.overrides` and `spec.credentials` apply to the first of them.',
      ),
      discovery: Discovery.prefault({}).describe('Where to look for backends.'),
      health: Health.prefault({}).describe('Health check of backends.'),
      detectors: Detectors.prefault({}).describe('Settings of built-in detectors, by detector id.'),
      customDetectors: CustomDetectors,
      stores: Stores,
      credentials: Credentials.default({}),
      trust: Trust.prefault({}).describe('Which namespaces and endpoints are trusted.'),
      overrides: Overrides.prefault({}).describe('Changes from Git to the generated toolsets.'),
    })
    .superRefine((spec, context) => {
      const problem = clustersProblem(spec);
      if (problem) context.addIssue({ code: 'custom', ...problem });
    })
    .prefault({}),
});
export type ToolsetConfig = z.infer<typeof ToolsetConfig>;
export type Spec = ToolsetConfig['spec'];
