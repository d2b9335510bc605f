import * as z from 'zod';
import { durationForm } from '../../lib/duration.ts';
import { clusterNameForm, isClusterGlob, isClusterName } from '../../lib/cluster-name.ts';
import { urlTemplateProblem } from '../url-template.ts';

// Each schema parses one small file once: generated code would cost more time than it saves.
z.config({ jitless: true });

const duration = 'invalid duration: expected one with a unit such as 90s, 10m or 1h30m';

/** A duration in the form of Go and Kubernetes. */
export const Duration = z
  .string(duration)
  .regex(durationForm, duration)
  .refine((text) => text !== '', duration);

/** A map of strings with a maximum number of keys. */
export function texts(maxKeys: number): z.ZodRecord<z.ZodString, z.ZodString> {
  return z
    .record(z.string(), z.string())
    .refine((map) => Object.keys(map).length <= maxKeys, `too big: expected at most ${String(maxKeys)} keys`);
}

/** Labels or annotations. */
export const Labels = texts(100);

const namePart = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const prefixPart = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** The form of a label's key, or of an annotation's in lower case, that the API server accepts. */
function isQualifiedName(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').toReversed();
  const isPrefix =
    prefix === undefined || (prefix.length <= 253 && prefix.split('.').every((part) => prefixPart.test(part)));
  return more.length === 0 && isPrefix && name.length <= 63 && namePart.test(name);
}

function isLabelValue(value: string): boolean {
  return value === '' || (value.length <= 63 && namePart.test(value));
}

const qualified = 'expected letters, digits, -, _ and . up to 63, behind a domain and / where it has one';

/** Labels that the API server accepts. */
export const ObjectLabels = Labels.superRefine((labels, context) => {
  for (const [key, value] of Object.entries(labels)) {
    if (!isQualifiedName(key))
      context.addIssue({ code: 'custom', path: [key], message: `invalid name of a label: ${qualified}` });
    else if (!isLabelValue(value))
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'invalid value of a label: expected letters, digits, -, _ and . up to 63',
      });
  }
});

/** Annotations that the API server accepts. */
export const ObjectAnnotations = Labels.superRefine((annotations, context) => {
  for (const key of Object.keys(annotations))
    if (!isQualifiedName(key.toLowerCase()))
      context.addIssue({ code: 'custom', path: [key], message: `invalid name of an annotation: ${qualified}` });
});

/** Name of a Kubernetes object: a DNS subdomain of RFC 1123. */
export const Name = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'invalid name: expected lower case letters, digits, - and .',
  )
  .max(253);

/** Name of a namespace: a DNS label of RFC 1123. */
export const NamespaceName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'invalid name of a namespace: expected lower case letters, digits and -, up to 63',
  )
  .max(63);

/** Name of a cluster, or the URL of its API server. */
export const ClusterName = z.string().refine(isClusterName, `invalid cluster: expected ${clusterNameForm}`);

/** Names and globs of clusters. Limited: each name is looked up, and each glob is compared with every cluster. */
export const ClusterGlobs = z
  .array(
    z
      .string()
      .refine(isClusterGlob, `invalid cluster: expected ${clusterNameForm}, or a glob of names such as spoke-*`),
  )
  .min(1)
  .max(50);

/** `*` stands for any number of characters. */
export const Glob = z.string().min(1).max(253);

/** Limited because each one is compared with every Service or namespace. */
export const Globs = z.array(Glob).max(500);

/** A Kubernetes label selector, as in NetworkPolicy: `matchLabels` and all `matchExpressions` must match. */
export const LabelSelector = z.strictObject({
  matchLabels: Labels.default({}).describe('Labels that must have exactly these values.'),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).max(100).default([]),
      }),
    )
    .max(50)
    .default([])
    .describe('Conditions on labels: In, NotIn, Exists, DoesNotExist.'),
});
export type LabelSelector = z.infer<typeof LabelSelector>;

/** A template for the URLs at which the consumer reaches Services. */
export const UrlTemplate = z
  .string()
  .max(500)
  .superRefine((template, context) => {
    const problem = urlTemplateProblem(template);
    if (problem !== null)
      context.addIssue({ code: 'custom', message: `invalid template of URLs: expected that ${problem}` });
  });
