import * as z from 'zod';
import { Duration, Globs, LabelSelector, Labels, Name } from './common.ts';
import { CustomDetectors, Detectors } from './detectors.ts';

const configMaps = {
  holmesgpt: { name: 'custom-toolsets-configmap', namespace: 'holmesgpt', key: 'custom_toolset.yaml' },
  kubernaut: { name: 'kubernaut-toolset-config', namespace: 'kubernaut-system', key: '' },
  'kubernaut-json': { name: 'kubernaut-toolset-config', namespace: 'kubernaut-system', key: 'toolset.json' },
} as const;

const TargetAsWritten = z.strictObject({
  format: z
    .enum(['holmesgpt', 'kubernaut', 'kubernaut-json'])
    .default('holmesgpt')
    .describe(
      'Whose toolset file is printed: HolmesGPT, or Kubernaut with one key for each toolset, or with toolset.json.',
    ),
  version: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?$/, 'must be a version such as "0.45", in quotes')
    .default('0.45')
    .describe("HolmesGPT's version: decides names of keys, and whether several instances are possible."),
  certificates: z
    .enum(['public', 'private', 'unverified'])
    .default('public')
    .describe(
      "Which certificates of https backends inside of the cluster the consumer accepts. public: none, for no public CA signs cluster names; private: it has been given the cluster's CA; unverified: it is told not to verify them.",
    ),
  configMap: z
    .strictObject({
      name: Name.optional().describe(
        'Name of the ConfigMap; custom-toolsets-configmap, for Kubernaut kubernaut-toolset-config.',
      ),
      namespace: Name.optional().describe('Namespace of the ConfigMap; holmesgpt, for Kubernaut kubernaut-system.'),
      key: z
        .string()
        .regex(/^[-._a-zA-Z0-9]+$/, 'must be a key of a ConfigMap: letters, digits, -, _ and .')
        .optional()
        .describe(
          'Key of the ConfigMap that holds the toolset file; custom_toolset.yaml, for kubernaut-json toolset.json. The format kubernaut has one for each toolset.',
        ),
      labels: Labels.default({}).describe('Labels to add to the ConfigMap.'),
      annotations: Labels.default({}).describe('Annotations to add to the ConfigMap.'),
    })
    .prefault({}),
});

const Target = TargetAsWritten.transform(({ configMap, ...target }) => {
  const { name, namespace, key } = configMaps[target.format];
  return {
    ...target,
    configMap: {
      ...configMap,
      name: configMap.name ?? name,
      namespace: configMap.namespace ?? namespace,
      key: configMap.key ?? key,
    },
  };
});

const Discovery = z.strictObject({
  namespaces: z
    .strictObject({
      include: z.array(z.string().min(1)).min(1).default(['*']).describe('Globs of namespaces to look in.'),
      exclude: z.array(z.string()).default([]).describe('Globs of namespaces to leave out; wins over include.'),
      selector: LabelSelector.prefault({}).describe('Labels that a namespace must have.'),
    })
    .prefault({}),
  services: z
    .strictObject({ selector: LabelSelector.prefault({}).describe('Labels that a Service must have.') })
    .prefault({}),
  clusterDomain: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a DNS domain such as cluster.local')
    .default('cluster.local')
    .describe("The cluster's DNS domain, as kubelet's --cluster-domain."),
  instances: z
    .enum(['all', 'best'])
    .default('all')
    .describe('Several backends of one product: all of them where the consumer can, or the best one.'),
});

const Health = z.strictObject({
  check: z
    .enum(['http', 'readiness', 'none'])
    .default('http')
    .describe('http asks the backend itself, readiness its EndpointSlices, none trusts the Service.'),
  timeoutSeconds: z.number().min(0.1).max(20).default(5).describe('For one attempt.'),
  attempts: z.int().min(1).max(5).default(3).describe('Until a backend counts as unhealthy.'),
  intervalSeconds: z.number().min(0).max(10).default(1).describe('Between two attempts.'),
  evictAfter: Duration.default('10m').describe('How long a backend that is in the ConfigMap may be unready and stay.'),
});

const reference = /\{\{\s*env\.\w+\s*\}\}|\$\{\w+\}/;

/** How a credential is sent is no secret. */
const literal = new Set(['name', 'type']);

function areReferences(credential: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const [key, value] of Object.entries(credential)) {
    if (reference.test(value) || literal.has(key)) continue;
    const message =
      'must be a reference such as "{{ env.GRAFANA_API_KEY }}", for Kubernaut "${GRAFANA_API_KEY}", never a value';
    context.addIssue({ code: 'custom', path: [key], message });
  }
}

const Credentials = z
  .record(z.string(), z.record(z.string(), z.string()).superRefine(areReferences))
  .describe(
    'By toolset: keys of its config (of auth, for HTTP APIs) with references that the consumer resolves. Only trusted Services get them.',
  );

const Trust = z.strictObject({
  namespaces: Globs.default([]).describe(
    'Globs of namespaces whose Services may receive credentials, and win every tie.',
  ),
  foreignEndpoints: z
    .boolean()
    .default(false)
    .describe('Whether an annotation may name an endpoint on another host than its Service.'),
});

const GitFiles = z.array(
  z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/\0][^\0]*\.ya?ml$/, 'must be the path of a .yaml file, relative to the folder of toolset.yaml'),
);

const Overrides = z.strictObject({
  files: GitFiles.default(['overrides.yaml']).describe(
    'Files that are merged in this order: a base first, an environment after it. They may stand elsewhere in the repository.',
  ),
  patches: GitFiles.default(['patches.yaml']).describe('Files with patches, applied in this order after the merge.'),
  conflict: z
    .enum(['warn', 'error'])
    .default('warn')
    .describe('What becomes of a change that has no effect, is replaced by another, or that the consumer rejects.'),
});

/** `toolset.yaml`: what to discover and for whom. Every default serves a plain cluster. */
export const ToolsetConfig = z.strictObject({
  apiVersion: z.literal('toolset.kubernaut.ai/v1alpha1'),
  kind: z.literal('ToolsetConfig'),
  metadata: z.strictObject({ name: Name.optional() }).optional(),
  spec: z
    .strictObject({
      target: Target.prefault({}).describe('The consumer and its ConfigMap.'),
      discovery: Discovery.prefault({}).describe('Where backends are looked for.'),
      health: Health.prefault({}).describe('How a backend proves that it works.'),
      detectors: Detectors.prefault({}).describe('Built-in detectors, by their id.'),
      customDetectors: CustomDetectors,
      credentials: Credentials.default({}),
      trust: Trust.prefault({}).describe('Who may receive credentials.'),
      overrides: Overrides.prefault({}).describe("Git's changes to what was discovered."),
    })
    .prefault({}),
});
export type ToolsetConfig = z.infer<typeof ToolsetConfig>;
