import * as z from 'zod';
import { sections } from '../../../consumers/consumer.ts';

const time = z.iso.datetime();
const configMap = z.string().describe('The managed ConfigMap, as NAMESPACE/NAME.');
const service = z.string().describe('The Service, as NAMESPACE/NAME.');
const count = z.int().min(0);

export const decisions = ['selected', 'redundant', 'unhealthy', 'rejected', 'denied', 'ignored'] as const;
export const origins = ['discovered', 'default', 'override'] as const;

export const Page = z.strictObject({
  limit: count,
  offset: count,
  total: count.describe('Items that fulfil the query, on all pages.'),
});

export const Warning = z.strictObject({ code: z.string(), message: z.string() });

/** What was decided about one Service, for one ConfigMap. */
export const ExplainedService = z
  .strictObject({
    configMap,
    namespace: z.string(),
    name: z.string(),
    decision: z.enum(decisions),
    type: z.string().nullable().describe('The detector that claims it.'),
    toolset: z.string().nullable().describe("The consumer's toolset that it would configure."),
    url: z.string().nullable(),
    scheme: z.string().nullable(),
    port: z.int().nullable(),
    path: z.string().nullable(),
    rule: z.string().describe('The evidence.'),
    reason: z.string().describe('Why, in one sentence.'),
    endpoints: z
      .strictObject({ ready: count, notReady: count })
      .nullable()
      .describe('Its endpoints; null where it has none, or they are not watched.'),
  })
  .meta({ id: 'ExplainedService' });

export const Toolset = z
  .strictObject({
    configMap,
    section: z.enum(sections),
    name: z.string(),
    enabled: z.boolean(),
    origin: z.enum(origins).describe('`default`: always there; `override`: only in Git.'),
    applied: z.boolean().describe('Whether it is in the ConfigMap already; where not, the ConfigMap is behind.'),
    healthy: z
      .boolean()
      .nullable()
      .describe('Whether every Service behind it has a ready endpoint; null where there is none, or none is known.'),
    services: z.array(
      z.strictObject({ service, url: z.string(), healthy: z.boolean().nullable().describe('Null where not known.') }),
    ),
    overridden: z
      .array(z.string())
      .nullable()
      .describe('JSON pointers to what Git changed; null while the ConfigMap is behind, when that cannot be told.'),
  })
  .meta({ id: 'Toolset' });

export const ToolsetDetail = Toolset.extend({
  entry: z.json().nullable().describe('As it stands in the ConfigMap; null where it is not there yet, or withheld.'),
  withheld: z.string().nullable().describe('Why the entry is not shown: something in it looks like a secret.'),
}).meta({ id: 'ToolsetDetail' });

export const Application = z
  .strictObject({
    configMap,
    application: z
      .string()
      .nullable()
      .describe('The Argo CD Application, as NAMESPACE/NAME; null where none is known.'),
    project: z.string().nullable(),
    digest: z.string().nullable().describe('Of the discovery that the ConfigMap was made from: the one in force.'),
    wanted: z.string().nullable().describe('Of the discovery as the cluster is now; null where it cannot be told.'),
    behind: z.boolean(),
    behindSince: time.nullable(),
    cause: z.string().describe('What made it fall behind, or be looked at last.'),
    lastRequest: z
      .strictObject({
        request: z.enum(['refresh', 'sync']),
        at: time,
        result: z.string().describe('`accepted`, `changed`, `busy`, `deferred` or `failed`.'),
        attempt: count.nullable(),
      })
      .nullable()
      .describe('What Argo CD was last asked for by this replica.'),
    why: z.string().nullable().describe('Why it is behind, or cannot be told; null where all is well.'),
  })
  .meta({ id: 'Application' });

export const ConfigMap = z
  .strictObject({
    configMap,
    application: z.string().nullable(),
    consumer: z.string().nullable().describe('Whom it is for; null where it does not say.'),
    problem: z.string().nullable().describe('Why nothing can be done about it; null where all is well.'),
    settings: z.json().nullable().describe('The settings in force as Git has them, without defaults.'),
    services: z
      .strictObject({ selected: count, redundant: count, unhealthy: count })
      .nullable()
      .describe('How many were discovered; /api/v1/explain counts the others.'),
    warnings: z.array(Warning),
  })
  .meta({ id: 'ConfigMap' });

export const Discovered = z
  .strictObject({
    configMap,
    digest: z.string().nullable(),
    wanted: z.string().nullable(),
    behind: z.boolean(),
    problem: z.string().nullable(),
    selected: z.array(service),
    unhealthy: z.array(service),
  })
  .meta({ id: 'Discovered' });

export const Finding = z
  .strictObject({
    severity: z.enum(['error', 'warning', 'note']),
    code: z.string(),
    file: z.string(),
    line: z.int(),
    column: z.int(),
    message: z.string(),
    hint: z.string(),
  })
  .meta({ id: 'Finding' });

/** The body of a problem response. */
export const ProblemBody = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ in: z.enum(['query', 'body', 'path']), pointer: z.string(), detail: z.string() }))
      .optional(),
  })
  .meta({ id: 'Problem' });

/** Those that the OpenAPI document has among its components, by the name that they have there. */
export const named = {
  Application,
  ConfigMap,
  Discovered,
  ExplainedService,
  Finding,
  Problem: ProblemBody,
  Toolset,
  ToolsetDetail,
} as const;

/** A list in an answer, with the page that it is. */
export function listOf(item: z.ZodType): z.ZodObject {
  return z.strictObject({ items: z.array(item), page: Page });
}
