import * as z from 'zod';
import { detectors } from '../../detectors/index.ts';

// Each schema is compiled for one parse of one small file: generating code for it would cost more than it saves.
z.config({ jitless: true });

const Duration = z
  .string()
  .regex(/^(\d+h)?(\d+m)?(\d+s)?$/, 'must be a duration such as 90s, 10m or 1h30m')
  .refine((text) => text !== '', 'must be a duration such as 90s, 10m or 1h30m');

const Labels = z.record(z.string(), z.string());

const Name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name: lower case letters, digits, - and .');

/** A Kubernetes label selector, as in NetworkPolicy: all of `matchLabels` and `matchExpressions` must hold. */
export const LabelSelector = z.strictObject({
  matchLabels: Labels.default({}).describe('Labels that must have exactly these values.'),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([])
    .describe('Conditions on labels: In, NotIn, Exists, DoesNotExist.'),
});
export type LabelSelector = z.infer<typeof LabelSelector>;

const Target = z.strictObject({
  format: z.literal('holmesgpt').default('holmesgpt').describe('Whose toolset file is printed.'),
  version: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?$/, 'must be a version such as "0.45", in quotes')
    .default('0.45')
    .describe("The consumer's version: decides names of keys, and whether several instances are possible."),
  configMap: z
    .strictObject({
      name: Name.default('custom-toolsets-configmap').describe('Name of the ConfigMap.'),
      namespace: Name.default('holmesgpt').describe('Namespace of the ConfigMap.'),
      key: z
        .string()
        .regex(/^[-._a-zA-Z0-9]+$/, 'must be a key of a ConfigMap: letters, digits, -, _ and .')
        .default('custom_toolset.yaml')
        .describe('Key of the ConfigMap that holds the toolset file.'),
      labels: Labels.default({}).describe('Labels to add to the ConfigMap.'),
      annotations: Labels.default({}).describe('Annotations to add to the ConfigMap.'),
    })
    .prefault({}),
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

const Globs = z.array(z.string().min(1));

const HealthPath = z
  .string()
  .regex(/^\/[!-~]*$/, 'must be a path: a slash and printable characters')
  .max(256);

const Statuses = z.array(z.int().min(200).max(599)).min(1);

const DetectorSettings = z.strictObject({
  enabled: z.boolean().optional().describe('Switches the detector on or off.'),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .default(0)
    .describe('Where two detectors claim one Service on equal evidence, the higher wins.'),
  healthPath: HealthPath.optional().describe(
    'Path that the health check asks instead of its own; then only the status counts.',
  ),
  acceptStatus: Statuses.optional().describe('Statuses of a healthy answer; 200 and 204 without it.'),
  timeoutSeconds: z.number().min(0.1).max(20).optional().describe('As in health, for this product.'),
  attempts: z.int().min(1).max(5).optional().describe('As in health, for this product.'),
  namespaces: Globs.optional().describe('Globs of namespaces to which the detector is limited.'),
  selector: LabelSelector.optional().describe('Labels that a Service must have for this detector.'),
  annotations: Labels.optional().describe('Annotations that a Service must have for this detector.'),
});

const Detectors = z.strictObject(
  Object.fromEntries(
    detectors.map(({ id, title, byDefault }) => [
      id,
      DetectorSettings.optional().describe(`${title}; ${byDefault} by default.`),
    ]),
  ),
);

const Port = z.union([z.string().min(1).max(63), z.int().min(1).max(65535)]);

const Match = z
  .strictObject({
    selector: LabelSelector.optional().describe('Labels of the Service.'),
    annotations: Labels.optional().describe('Annotations of the Service, with exactly these values.'),
    names: Globs.min(1).optional().describe("Globs of the Service's name."),
    ports: z.array(Port).min(1).optional().describe('Names or numbers of a TCP port; any of them.'),
  })
  .refine((match) => Object.keys(match).length > 0, 'must say something: selector, annotations, names or ports')
  .describe('Facts that must all hold.');

const Scheme = z.enum(['http', 'https']);

/** A detector of the user's own: the built-ins' model, written in YAML. */
export const CustomDetector = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z]([-a-z0-9]{0,40}[a-z0-9])?$/, 'must be lower case letters, digits and -')
    .describe('Names the detector; not that of a built-in.'),
  title: z.string().max(80).optional().describe("The product's name, for people."),
  match: z.array(Match).min(1).describe('A Service that fulfils any of these is taken.'),
  exclude: z.array(Match).default([]).describe('A Service that fulfils any of these is not.'),
  port: Port.optional().describe('Name or number of the port; without it the only TCP port.'),
  scheme: Scheme.default('http').describe('Used where nothing in the Service tells.'),
  path: z
    .string()
    .regex(/^(\/[!-~]*[^/])?$/, 'must be a path without a slash at its end')
    .max(256)
    .default('')
    .describe('Path in front of the API.'),
  health: z
    .strictObject({
      path: HealthPath.describe('Path to ask, below `path`.'),
      acceptStatus: Statuses.default([200, 204]).describe('Statuses of a healthy answer.'),
      contains: z.array(z.string().min(1)).default([]).describe('Texts that the answer holds, white space aside.'),
    })
    .optional()
    .describe('How the product proves itself; without it readiness counts.'),
  toolset: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(120)
        .describe("The consumer's name of the toolset; ${namespace} and ${name} may stand in it."),
      template: z
        .record(z.string(), z.json())
        .describe('The toolset, with ${url}, ${host}, ${port}, ${namespace} and ${name} in its texts.'),
    })
    .describe('What the consumer is told.'),
});
export type CustomDetector = z.infer<typeof CustomDetector>;

const Credentials = z
  .record(
    z.string(),
    z.record(
      z.string(),
      z
        .string()
        .regex(/\{\{\s*env\.\w+\s*\}\}/, 'must be a reference such as "{{ env.GRAFANA_API_KEY }}", never a value'),
    ),
  )
  .describe(
    'By toolset: keys of its config with references that the consumer resolves. Only trusted Services get them.',
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

function uniqueIds(custom: readonly CustomDetector[], context: z.RefinementCtx): void {
  const known = new Set(detectors.map(({ id }) => id));
  for (const [index, { id }] of custom.entries()) {
    if (known.has(id))
      context.addIssue({ code: 'custom', path: [index, 'id'], message: `${id} is the id of another detector` });
    known.add(id);
  }
}

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
      customDetectors: z
        .array(CustomDetector)
        .default([])
        .superRefine(uniqueIds)
        .describe('Detectors for products that are not built in.'),
      credentials: Credentials.default({}),
      trust: Trust.prefault({}).describe('Who may receive credentials.'),
    })
    .prefault({}),
});
export type ToolsetConfig = z.infer<typeof ToolsetConfig>;
