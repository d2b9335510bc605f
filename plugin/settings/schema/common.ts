import * as z from 'zod';
import { durationForm } from '../../lib/duration.ts';

// Each schema is compiled for one parse of one small file: generating code for it would cost more than it saves.
z.config({ jitless: true });

/** A duration as Go and Kubernetes write it. */
export const Duration = z
  .string()
  .regex(durationForm, 'invalid duration: expected one such as 90s, 10m or 1h30m')
  .refine((text) => text !== '', 'invalid duration: expected one such as 90s, 10m or 1h30m');

/** Labels or annotations. */
export const Labels = z.record(z.string(), z.string());

/** Name of a Kubernetes object. */
export const Name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name: lower case letters, digits, - and .');

/** Texts with `*` for any run of characters. */
export const Globs = z.array(z.string().min(1));

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
