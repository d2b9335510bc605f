import * as z from 'zod';
import { detectors } from '../../../detectors/index.ts';
import type { LabelSelector as Selector } from './common.ts';
import { Glob, Globs, LabelSelector, Labels } from './common.ts';

const HealthPath = z
  .string()
  .regex(/^\/[!-~]*$/, 'invalid path: expected a slash and printable ASCII characters')
  .max(256);

const Statuses = z.array(z.int().min(200).max(599)).min(1).max(50);

const DetectorSettings = z.strictObject({
  enabled: z.boolean().optional().describe('Turns the detector on or off.'),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .default(0)
    .describe('If two detectors match one Service with equal evidence, the one with the higher priority wins.'),
  healthPath: HealthPath.optional().describe(
    'Path of the health check, instead of the built-in one. Only the status of the response then counts.',
  ),
  acceptStatus: Statuses.optional().describe('HTTP statuses of a healthy response. Default: 200 and 204.'),
  timeoutSeconds: z.number().min(0.1).max(20).optional().describe('As in health, for this detector only.'),
  attempts: z.int().min(1).max(5).optional().describe('As in health, for this detector only.'),
  namespaces: Globs.optional().describe('Globs of the namespaces in which the detector looks.'),
  selector: LabelSelector.optional().describe('Labels that a Service needs for this detector to match.'),
  annotations: Labels.optional().describe('Annotations that a Service needs for this detector to match.'),
});

const Tuned = DetectorSettings.optional();

/** `spec.detectors`: settings of the built-in detectors by id. All share one schema, as each costs start-up time. */
export const Detectors = z.strictObject(Object.fromEntries(detectors.map(({ id }) => [id, Tuned])));

/** Kubernetes requires a letter in the name of a port: a quoted number matches no Service. */
const Port = z.union([
  z.string().min(1).max(63).regex(/[a-z]/i, 'invalid port: expected a name, or a number without quotes such as 8080'),
  z.int().min(1).max(65535),
]);

const Match = z
  .strictObject({
    selector: LabelSelector.optional().describe('Label selector for the Service.'),
    annotations: Labels.optional().describe('Annotations that the Service must have with exactly these values.'),
    names: z.array(Glob).min(1).max(50).optional().describe('Globs, one of which must match the name of the Service.'),
    ports: z
      .array(Port)
      .min(1)
      .max(50)
      .optional()
      .describe('Names or numbers of TCP ports, one of which the Service must have.'),
  })
  .refine(
    (match) => Object.keys(match).length > 0,
    'invalid match: expected at least one of selector, annotations, names and ports',
  )
  .describe('Conditions, all of which must hold.');

const Scheme = z.enum(['http', 'https']);

/** Limited because a template is filled in for each matching Service. */
const maxTemplate = 16 * 1024;
const maxVariables = 50;

function refuseLarge(template: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const text = JSON.stringify(template);
  const refuse = (message: string): void => {
    context.addIssue({ code: 'custom', message: `too big: expected at most ${message}` });
  };
  if (text.length > maxTemplate) refuse(`${String(maxTemplate / 1024)} KB as JSON`);
  if (text.split('${', maxVariables + 2).length > maxVariables + 1) refuse(`${String(maxVariables)} variables`);
}

/** A detector defined by the user: the model of the built-in ones, in YAML. */
export const CustomDetector = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z]([-a-z0-9]{0,40}[a-z0-9])?$/, 'invalid id: expected lower case letters, digits and -')
    .describe('Id of the detector. No built-in detector may have the same id.'),
  title: z.string().max(80).optional().describe('Name of the product in output.'),
  match: z.array(Match).min(1).max(50).describe('A Service that meets any of these matches.'),
  exclude: z.array(Match).max(50).default([]).describe('A Service that meets any of these does not match.'),
  port: Port.optional().describe('Name or number of the port. Default: the only TCP port.'),
  scheme: Scheme.default('http').describe(
    'Scheme, unless the Service indicates another: appProtocol, port name or number, annotation.',
  ),
  path: z
    .string()
    .regex(/^(\/[!-~]*[^/])?$/, 'invalid path: expected one that starts with a slash and does not end with one')
    .max(256)
    .default('')
    .describe('Path prefix of the API.'),
  health: z
    .strictObject({
      path: HealthPath.describe('Path of the health check, below `path`.'),
      acceptStatus: Statuses.default([200, 204]).describe('HTTP statuses of a healthy response.'),
      contains: z
        .array(z.string().min(1).max(1_000))
        .max(20)
        .default([])
        .describe('Texts that the response must contain; white space is ignored.'),
    })
    .optional()
    .describe('HTTP health check. Default: readiness of the EndpointSlices.'),
  toolset: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(120)
        .describe('Name of the toolset in the consumer; may contain ${namespace} and ${name}.'),
      template: z
        .record(z.string(), z.json())
        .superRefine(refuseLarge)
        .describe('Entry of the toolset; its texts may contain ${url}, ${host}, ${port}, ${namespace} and ${name}.'),
    })
    .describe('Toolset that is generated for each matched Service.'),
});
export type CustomDetector = z.infer<typeof CustomDetector>;

function refuseRepeatedIds(custom: readonly CustomDetector[], context: z.RefinementCtx): void {
  const known = new Set(detectors.map(({ id }) => id));
  for (const [index, { id }] of custom.entries()) {
    if (known.has(id))
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: `invalid id ${JSON.stringify(id)}: expected one that no other detector has`,
      });
    known.add(id);
  }
}

/** Limited because each condition of each detector is compared with every Service. */
const maxConditions = 1_000;

function refuseManyConditions(custom: readonly CustomDetector[], context: z.RefinementCtx): void {
  let conditions = 0;
  for (const [index, { match, exclude }] of custom.entries()) {
    for (const one of [...match, ...exclude]) conditions += conditionsIn(one);
    if (conditions <= maxConditions) continue;
    const message = `too big: expected at most ${String(maxConditions)} conditions in all of customDetectors`;
    context.addIssue({ code: 'custom', path: [index, 'match'], message });
    return;
  }
}

function conditionsIn({ names = [], ports = [], annotations = {}, selector }: z.infer<typeof Match>): number {
  return names.length + ports.length + Object.keys(annotations).length + (selector ? termsIn(selector) : 0);
}

function termsIn({ matchLabels, matchExpressions }: Selector): number {
  return matchExpressions.reduce((sum, { values }) => sum + 1 + values.length, Object.keys(matchLabels).length);
}

/** `spec.customDetectors`: detectors defined by the user, each with a unique id. */
export const CustomDetectors = z
  .array(CustomDetector)
  .max(100)
  .default([])
  .superRefine(refuseRepeatedIds)
  .superRefine(refuseManyConditions)
  .describe('Detectors for products that are not built in.');
