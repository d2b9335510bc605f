import * as z from 'zod';

// Others write these objects: only the fields that are read, and unknown fields are accepted.

const Texts = z.record(z.string(), z.string()).default({});

const Metadata = z.object({
  namespace: z.string().default(''),
  name: z.string(),
  labels: Texts,
  annotations: Texts,
  ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
});

const ConfigMapSource = z.object({
  name: z.string().default(''),
  items: z.array(z.object({ key: z.string(), path: z.string() })).optional(),
});

const Volume = z.object({
  name: z.string(),
  configMap: ConfigMapSource.optional(),
  projected: z
    .object({
      sources: z
        .array(z.object({ configMap: ConfigMapSource.optional(), serviceAccountToken: z.unknown().optional() }))
        .default([]),
    })
    .optional(),
});
export type Volume = z.infer<typeof Volume>;

const Container = z.object({
  name: z.string(),
  image: z.string().default(''),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
  volumeMounts: z
    .array(z.object({ name: z.string(), mountPath: z.string(), subPath: z.string().optional() }))
    .default([]),
});
export type Container = z.infer<typeof Container>;

const PodSpec = z.object({
  serviceAccountName: z.string().default('default'),
  automountServiceAccountToken: z.boolean().optional(),
  containers: z.array(Container).default([]),
  volumes: z.array(Volume).default([]),
});
export type PodSpec = z.infer<typeof PodSpec>;

/** A Deployment or StatefulSet. */
export const Workload = z.object({
  metadata: Metadata,
  spec: z.object({
    selector: z.object({ matchLabels: Texts }).prefault({}),
    template: z.object({ metadata: z.object({ annotations: Texts }).prefault({}), spec: PodSpec }),
  }),
  status: z.object({ availableReplicas: z.number().default(0) }).prefault({}),
});
export type Workload = z.infer<typeof Workload> & { readonly kind: 'Deployment' | 'StatefulSet' };

const State = z.object({
  waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
  running: z.unknown().optional(),
  terminated: z.object({ reason: z.string().default(''), exitCode: z.number().optional() }).optional(),
});

export const Pod = z.object({
  metadata: Metadata.extend({ deletionTimestamp: z.string().optional() }),
  spec: z.object({ containers: z.array(Container).default([]) }).prefault({}),
  status: z
    .object({
      phase: z.string().default('Unknown'),
      containerStatuses: z
        .array(
          z.object({ name: z.string(), ready: z.boolean(), state: State.prefault({}), lastState: State.prefault({}) }),
        )
        .default([]),
    })
    .prefault({}),
});
export type Pod = z.infer<typeof Pod>;

/**
 * An object of the API in the form read here; `null` for one of another form. Fields that are `null` count as absent.
 */
export function viewOfObject<T>(schema: z.ZodType<T>, object: unknown): T | null {
  const present = JSON.parse(JSON.stringify(object), (_key, value: unknown) => value ?? undefined) as unknown;
  return schema.safeParse(present).data ?? null;
}
