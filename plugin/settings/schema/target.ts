import * as z from 'zod';
import { Glob, Labels, Name, NamespaceName, ObjectAnnotations, ObjectLabels, UrlTemplate } from './common.ts';
import { Credentials } from './credentials.ts';
import type { Format, FormatName } from './formats.ts';
import { formats } from './formats.ts';
import { ClusterLabel } from './stores.ts';

/** Limited because each one is merged or applied in turn. */
const maxFiles = 20;

/** Names of files in Git. */
export const GitFileNames = z
  .array(
    z
      .string()
      .min(1)
      .max(255)
      .regex(
        /^[^/\0][^\0]*\.ya?ml$/,
        'invalid path: expected that of a .yaml file, relative to the folder of toolset.yaml',
      ),
  )
  .max(maxFiles);

/** Kubernaut's documentation has ten. */
const maxModelKeys = 30;

const TargetAsWritten = z.strictObject({
  format: z
    .enum(Object.keys(formats) as FormatName[])
    .default('holmesgpt')
    .describe('Consumer and format of the ConfigMap: see [consumers.md](consumers.md).'),
  version: z
    .string('invalid version: expected one such as "0.45", in quotes')
    .regex(/^\d+\.\d+(\.\d+)?$/, 'invalid version: expected one such as "0.45", in quotes')
    .optional()
    .describe(
      `HolmesGPT's version. It determines the names of keys, and whether a toolset may have several instances. Default: ${formats.holmesgpt.holmesgpt}; for kubernaut-sdk ${formats['kubernaut-sdk'].holmesgpt}.`,
    ),
  certificates: z
    .enum(['public', 'private', 'unverified'])
    .default('public')
    .describe(
      'Which certificates of https backends in the cluster the consumer accepts. public: none, because no public CA signs cluster-internal names; private: the consumer has the CA of the cluster; unverified: the consumer is configured not to verify certificates.',
    ),
  defaultToolsets: z
    .enum(['keep', 'off'])
    .default('keep')
    .describe(
      'What happens to the toolsets that HolmesGPT enables by default, which include a shell and access to the internet. keep: they stay as they are; off (validate expects it in quotes): they and kubernetes/core are printed as disabled.',
    ),
  defaultToolsetsExcept: z
    .array(Glob)
    .max(100)
    .default([])
    .describe(
      'Globs of the toolsets that get the opposite of `defaultToolsets`, such as `[bash, internet]` with keep.',
    ),
  plugins: z
    .array(Glob)
    .max(100)
    .default([])
    .describe(
      'Globs of the data source plugins that Grafana has in addition to its own types, such as `[grafana-opensearch-datasource]`. Products that need a plugin are left out without it.',
    ),
  grafanaOperator: z
    .strictObject({
      instances: Labels.default({ dashboards: 'grafana' }).describe(
        'Labels of the Grafana resources that get the data sources. The operator does not accept other labels for an existing data source.',
      ),
      secret: Name.default('grafana-datasource-credentials').describe(
        'Secret with a key for each reference `${NAME}`, in the namespace of the ConfigMap.',
      ),
    })
    .prefault({}),
  llm: z
    .record(
      z.string(),
      z.union(
        [z.string().max(500), z.number(), z.boolean()],
        'invalid value: expected a string, a number, true or false',
      ),
    )
    .refine((llm) => Object.keys(llm).length <= maxModelKeys, `expected at most ${String(maxModelKeys)} keys`)
    .refine(
      (llm) => Object.keys(llm).every((key) => /^[a-z][a-z0-9_]{0,62}$/.test(key)),
      'invalid key: expected ones such as provider or timeout_seconds',
    )
    .default({})
    .describe(
      'For kubernaut-sdk: settings of the model that Kubernaut 1.0 to 1.2 reads beside its toolsets, such as `{provider: openai, model: gpt-4o}`. No API keys: those stay in its Secret.',
    ),
  cluster: ClusterLabel.optional().describe(
    'Label that selects this cluster in stores that hold several clusters. It applies to the stores that have the label. Without it, the label is found by comparison with the namespaces of this cluster.',
  ),
  urls: UrlTemplate.optional().describe(
    'Template of the URLs at which the consumer reaches Services, such as `https://gateway.example.com/${cluster}/${namespace}/${name}${path}`. Scheme, host and port are also available. Default: the URLs inside the cluster, `${scheme}://${host}:${port}${path}`.',
  ),
  maxToolTokens: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe(
      'Estimated number of tokens of each prompt that the schemas and instructions of all enabled toolsets may take together. More is a warning. Default: no limit.',
    ),
  budget: z
    .enum(['warn', 'enforce'])
    .default('warn')
    .describe(
      'What happens to discovered toolsets that exceed `maxToolTokens`. warn: nothing; enforce: the least preferred are left out, except those that overrides name.',
    ),
  configMap: z
    .strictObject({
      name: Name.optional().describe(
        'Name of the ConfigMap. Default: custom-toolsets-configmap; for other formats see [consumers.md](consumers.md).',
      ),
      namespace: NamespaceName.optional().describe(
        'Namespace of the ConfigMap. Default: holmesgpt; for other formats see [consumers.md](consumers.md).',
      ),
      key: z
        .string()
        .regex(/^(?!\.\.|\.$)[-._a-zA-Z0-9]+$/, 'invalid key: expected letters, digits, -, _ and .')
        .max(253)
        .optional()
        .describe(
          'Key of the ConfigMap that holds the toolset file. Default: custom_toolset.yaml; for other formats see [consumers.md](consumers.md).',
        ),
      labels: ObjectLabels.default({}).describe('Labels to add to the ConfigMap.'),
      annotations: ObjectAnnotations.default({}).describe('Annotations to add to the ConfigMap.'),
    })
    .prefault({}),
});

type WrittenTarget = z.infer<typeof TargetAsWritten>;

/** The target with the defaults of its format. */
function withDefaults({ configMap, ...target }: WrittenTarget) {
  const { configMap: own, labels = {}, hasNoReleases, holmesgpt }: Format = formats[target.format];
  const release = target.version ?? holmesgpt ?? formats.holmesgpt.holmesgpt;
  return {
    ...target,
    version: hasNoReleases === true ? '' : release,
    configMap: {
      ...configMap,
      name: configMap.name ?? own.name,
      namespace: configMap.namespace ?? own.namespace,
      key: configMap.key ?? own.key,
      labels: { ...labels, ...configMap.labels },
    },
  };
}

/** A consumer, and the ConfigMap for it. */
export const Target = TargetAsWritten.transform(withDefaults);

const OfTargets = TargetAsWritten.extend({
  overrides: z
    .strictObject({
      files: GitFileNames.optional().describe('Override files for this target only, merged in this order.'),
      patches: GitFileNames.optional().describe('Patch files for this target only.'),
    })
    .prefault({})
    .describe(
      'Changes from Git, in the format of this consumer. Default: for the first target `spec.overrides`, for the others the files overrides.FORMAT.yaml and patches.FORMAT.yaml, which are optional.',
    ),
  credentials: Credentials.optional().describe(
    'Credentials for this target only, with the keys of this consumer. Default: for the first target `spec.credentials`, for the others none.',
  ),
}).transform(({ overrides, credentials, ...target }) => ({ ...withDefaults(target), overrides, credentials }));

/** Limited because each one is an object of the manifest, and selects among all backends. */
const maxTargets = 20;

/** Several targets of one discovery. */
export const Targets = z.array(OfTargets).min(1).max(maxTargets);
