import * as z from 'zod';
import { detectors } from '../../../detectors/index.ts';
import { Globs, LabelSelector, Labels } from './common.ts';

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

const Tuned = DetectorSettings.optional();

/** `spec.detectors`: the built-in ones, each by its id. One schema for all of them: each costs time at every start. */
export const Detectors = z.strictObject(Object.fromEntries(detectors.map(({ id }) => [id, Tuned])));

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

function uniqueIds(custom: readonly CustomDetector[], context: z.RefinementCtx): void {
  const known = new Set(detectors.map(({ id }) => id));
  for (const [index, { id }] of custom.entries()) {
    if (known.has(id))
      context.addIssue({ code: 'custom', path: [index, 'id'], message: `${id} is the id of another detector` });
    known.add(id);
  }
}

/** `spec.customDetectors`: the user's own, each with an id of its own. */
export const CustomDetectors = z
  .array(CustomDetector)
  .default([])
  .superRefine(uniqueIds)
  .describe('Detectors for products that are not built in.');
