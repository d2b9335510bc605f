import { meanings } from '../../../../detectors/stores/types.ts';
import { factOrigins, storeFacts } from '../../../discovery/first-question/facts.ts';
import * as z from 'zod';
import { sections } from '../../../consumers/consumer.ts';
import { applicationReasons, configMapReasons } from '../../reasons.ts';
import { maxClusters } from '../../../discovery/fleet/cluster-spec.ts';
import { countedPhases, phases } from '../../../discovery/phase.ts';
import { addressFields, causes, states } from '../../reconcile/status.ts';

const time = z.iso.datetime();
const cluster = z.string().describe('The cluster that it is in; `in-cluster` for the one that Argo CD runs in.');
const configMap = z.string().describe('The managed ConfigMap, as NAMESPACE/NAME.');
const service = z.string().describe('The Service, as NAMESPACE/NAME.');
const count = z.int().min(0);
const changeKind = z.enum(['added', 'removed', 'changed']);

export const decisions = ['selected', 'redundant', 'unhealthy', 'rejected', 'denied', 'ignored'] as const;
const origins = ['discovered', 'default', 'override', 'consumer'] as const;

export const Page = z.strictObject({
  limit: count,
  offset: count,
  total: count.describe('Items that match the query, on all pages.'),
});

/** From the generation of the live ConfigMap, or from the current discovery. */
export const Warning = z
  .strictObject({
    code: z.string().describe('Stable: docs/errors.md has each.'),
    message: z.string().describe('With its place and remedy.'),
    docs: z.url().describe('Where its cause and remedy are read.'),
    needsAction: z.boolean().describe('Whether a person must act on it: Argo CD then shows the ConfigMap as Degraded.'),
    source: z
      .url()
      .nullable()
      .describe('The line in Git that it names, in a browser; null where it names none, or where that is not known.'),
  })
  .meta({ id: 'Warning' });

/** The decision about one Service for one ConfigMap. */
export const ExplainedService = z
  .strictObject({
    cluster,
    configMap,
    namespace: z.string(),
    name: z.string(),
    decision: z.enum(decisions),
    phase: z
      .enum(phases)
      .describe(
        '`Active`: it is in the ConfigMap, as it is now. `Pending`, `Leaving`: the next sync adds, changes or removes it. `Unhealthy`, `Unproved`: not in it before it is healthy, or proved. `Excluded`: redundant, denied or rejected. `Ignored`: nothing points at it.',
      ),
    type: z.string().nullable().describe('The detector that matches it.'),
    toolset: z.string().nullable().describe('The toolset that it configures if selected.'),
    url: z.string().nullable(),
    scheme: z.string().nullable(),
    port: z.int().nullable(),
    path: z.string().nullable(),
    specialPurpose: z
      .literal(true)
      .optional()
      .describe('Another product brought this backend for itself: it is admitted, and never the default.'),
    store: z
      .strictObject({
        tenants: z
          .array(z.string())
          .readonly()
          .describe('Values of the header X-Scope-OrgID; of VictoriaLogs account:project.'),
        labels: z
          .partialRecord(z.enum(meanings), z.string())
          .describe('Names of its labels, tags or fields, by what they stand for.'),
        cluster: z
          .strictObject({ label: z.string(), value: z.string() })
          .optional()
          .describe('What selects this cluster in a store that holds several.'),
        indices: z
          .array(z.string())
          .readonly()
          .optional()
          .describe('Indices of Elasticsearch or OpenSearch, or patterns of them, that have data.'),
        from: z.partialRecord(z.enum(storeFacts), z.enum(factOrigins)).describe('What told each of them.'),
      })
      .optional()
      .describe('What a first query of the store needs to return data, where that is known.'),
    rule: z.string().describe('The evidence.'),
    reason: z.string().describe('Why, as a stable code: docs/detection.md has each.'),
    message: z.string().describe('The reason in one sentence, for people.'),
    endpoints: z
      .strictObject({ ready: count, notReady: count })
      .nullable()
      .describe('Number of its endpoints; null where it has none, or they are not watched.'),
  })
  .meta({ id: 'ExplainedService' });

const discoveredAt = time
  .nullable()
  .describe('When this replica saw that it was selected; null where it was already when the replica started.');
const lastHealthCheck = z
  .strictObject({ at: time, healthy: z.boolean() })
  .nullable()
  .describe(
    'The last HTTP health check by this replica, which checks what is not in a ConfigMap yet; null without one.',
  );

export const Toolset = z
  .strictObject({
    cluster,
    configMap,
    section: z.enum(sections),
    name: z.string(),
    enabled: z.boolean(),
    origin: z
      .enum(origins)
      .describe('`discovered`: from Services; `default`: always present; `override`: only in Git.'),
    applied: z.boolean().describe('Whether it is in the ConfigMap; if not, the ConfigMap is out of date.'),
    healthy: z
      .boolean()
      .nullable()
      .describe('Whether each of its Services has a ready endpoint; null without a Service, or where that is unknown.'),
    services: z
      .array(
        z.strictObject({
          service,
          url: z.string(),
          healthy: z.boolean().nullable().describe('Whether it has a ready endpoint; null where that is unknown.'),
          discoveredAt,
          lastHealthCheck,
        }),
      )
      .readonly(),
    discoveredAt: discoveredAt.describe('The earliest of its Services; null where that of one is.'),
    lastHealthCheck: lastHealthCheck.describe('The latest of its Services.'),
    next: changeKind
      .nullable()
      .describe('What the next sync does with it; null where nothing, or where that is not known.'),
    overridden: z
      .array(z.string())
      .readonly()
      .nullable()
      .describe('JSON pointers to the parts that Git overrides; null where that is not known.'),
    overriddenAt: z
      .array(
        z.strictObject({
          pointer: z.string(),
          place: z.string().describe('`FILE:LINE`, below the path of the Application.'),
          url: z.url().nullable().describe('Of its page; null where the pages of the host are not known.'),
        }),
      )
      .readonly()
      .describe('Where in Git these parts stood when the ConfigMap was generated, as far as the ConfigMap tells.'),
    cost: z
      .strictObject({ tools: z.int(), tokens: z.int() })
      .nullable()
      .describe(
        'Tools, and estimated tokens of each prompt of the model; null where only a server knows, and for consumers of which nothing is known.',
      ),
  })
  .meta({ id: 'Toolset' });

export const ToolsetDetail = Toolset.extend({
  lines: z
    .array(
      z.strictObject({
        line: z.string(),
        origin: z
          .string()
          .describe('`Git`, `generated`, or the Service whose address it has; `unknown` where that is not known.'),
        override: count
          .nullable()
          .describe('Of Git: its place, by its index in `overriddenAt`; null where that is not known.'),
      }),
    )
    .readonly()
    .nullable()
    .describe('The same as YAML, line by line, and where each came from; null where the entry is.'),
  entry: z.unknown().describe('Its content in the ConfigMap; null where it is not there yet, or withheld.'),
  withheld: z
    .string()
    .nullable()
    .describe('Why the entry is withheld: a part of it may be a secret. Null where it is not.'),
}).meta({ id: 'ToolsetDetail' });

const ToolsetChange = z.strictObject({
  section: z.enum(sections),
  name: z.string(),
  change: changeKind,
});

/** A Service by which the current discovery differs from that of the live ConfigMap. */
const SourceChange = z.strictObject({
  service,
  toolset: z.string(),
  change: changeKind,
  fields: z
    .array(z.strictObject({ field: z.enum(addressFields), before: z.string(), after: z.string() }))
    .readonly()
    .describe('What of its address changed; empty unless it is `changed`.'),
  reason: z.string().describe('Code of the decision about it now.'),
  message: z.string().describe('The reason as a sentence.'),
});

const change = {
  at: time.describe('When this replica noticed it.'),
  cause: z.enum(causes).describe('What was watched that changed.'),
  services: z.strictObject({ items: z.array(SourceChange).readonly(), total: count }).describe('By which Services.'),
};

/** Changes of discovered toolsets, before overrides from Git. */
const toolsetChanges = z
  .strictObject({ items: z.array(ToolsetChange).readonly(), total: count })
  .nullable()
  .describe(
    'Toolsets that differ, before overrides of Git; null where this replica does not know what was there before.',
  );

export const ConfigMapChanges = z
  .strictObject({
    cluster,
    configMap,
    application: z.string().nullable().describe('The Argo CD Application, as NAMESPACE/NAME; null where unknown.'),
    since: time.describe('When this replica began to watch: nothing before is known. A restart forgets all of it.'),
    completeSince: time.describe('Since when `history` has every change: the same, or its oldest where it is full.'),
    counts: z
      .array(
        z.strictObject({
          at: time,
          services: z.strictObject({ selected: count, unhealthy: count }).nullable(),
          toolsets: z
            .strictObject({
              enabled: count,
              disabled: count,
              unhealthy: count.describe('Left out: none of their Services is healthy.'),
            })
            .nullable()
            .describe('As they are discovered, before overrides of Git; MCP servers are among them.'),
        }),
      )
      .describe(
        'How many Services and toolsets it had from when on, oldest first, and of at most 60 such times; null where that was not known.',
      ),
    pending: z
      .strictObject({
        ...change,
        toolsets: z
          .strictObject({
            items: z.array(
              ToolsetChange.extend({
                lines: z
                  .array(z.string())
                  .readonly()
                  .nullable()
                  .describe(
                    'Lines of its YAML after `-` and `+`, and some around them after a space; null where they are withheld.',
                  ),
                withheld: z.string().nullable().describe('Why; null where they are not.'),
                overridden: z.boolean().describe('Git overrides some of what changes: this is not in the lines.'),
              }),
            ),
            total: count,
          })
          .nullable()
          .describe('What the next sync changes; null where this replica does not know what was there before.'),
      })
      .nullable()
      .describe('Why and how the ConfigMap is out of date; null where it is not.'),
    history: z
      .array(
        z.strictObject({
          ...change,
          outcome: z
            .enum(['applied', 'reverted'])
            .describe('`reverted`: the cluster changed back before it was applied.'),
          tookSeconds: z
            .number()
            .nullable()
            .describe('From when it was noticed until the ConfigMap said it; null where it was never out of date.'),
          toolsets: toolsetChanges,
        }),
      )
      .describe('The last changes that ended, latest first.'),
  })
  .meta({ id: 'ConfigMapChanges' });

export const Application = z
  .strictObject({
    cluster,
    configMap,
    clusters: z
      .strictObject({
        items: z
          .array(z.string())
          .max(maxClusters)
          .describe('Those that the account may see, in the order of the settings.'),
        total: count.describe('With those that it may not see.'),
      })
      .nullable()
      .describe(
        'Of a ConfigMap that is made of several clusters their names, as /api/v1/clusters and `cluster` of /api/v1/explain have them; null of any other, and where they are not known now.',
      ),
    application: z.string().nullable().describe('The Argo CD Application, as NAMESPACE/NAME; null where unknown.'),
    project: z.string().nullable(),
    digest: z.string().nullable().describe('Digest of the discovery that the live ConfigMap was generated from.'),
    desired: z.string().nullable().describe('Digest of the current discovery; null where it cannot be computed.'),
    outOfDate: z.boolean().describe('Whether the two digests differ.'),
    outOfDateSince: time
      .nullable()
      .describe('Remains while a problem hides whether the two still differ, unless the ConfigMap changes.'),
    cause: z.enum(causes).describe('What made the digests differ first, or else triggered the last evaluation.'),
    lastRequest: z
      .strictObject({
        request: z.enum(['refresh', 'sync']),
        at: time,
        result: z.enum(['accepted', 'changed', 'busy', 'deferred', 'failed']),
        attempt: count.nullable(),
      })
      .nullable()
      .describe('The last request of this replica to Argo CD.'),
    reason: z
      .enum([...configMapReasons, ...applicationReasons])
      .nullable()
      .describe(
        'Stable code of why it is out of date, cannot be evaluated or needs attention; null where none is the case.',
      ),
    message: z.string().nullable().describe('The reason as a sentence.'),
    services: z
      .strictObject({ selected: count, unhealthy: count })
      .nullable()
      .describe('Number of Services in its desired state, and of those left out because they are not healthy.'),
    warnings: z.array(Warning),
    links: z.strictObject({
      argoCd: z
        .url()
        .nullable()
        .describe("The ConfigMap in Argo CD's UI; null without `--argocd-url`, or where the Application is unknown."),
      git: z
        .strictObject({ url: z.url(), path: z.string(), commit: z.string() })
        .nullable()
        .describe(
          'The folder of its settings and overrides, at the commit that Argo CD compared last; null where the pages of its host are not known.',
        ),
    }),
    pending: z
      .strictObject({ ...change, toolsets: toolsetChanges })
      .nullable()
      .describe('What is about to change and by which Services: the first of each; null where it is not out of date.'),
  })
  .meta({ id: 'Application' });

export const ExtensionConfigMap = z
  .strictObject({
    application: Application,
    toolsets: z.strictObject({ items: z.array(Toolset), total: count.describe('With those that are left out.') }),
    services: z.strictObject({
      items: z.array(ExplainedService).describe('Selected ones first; without those that are `ignored`.'),
      total: count.describe('With those that are left out.'),
    }),
  })
  .meta({ id: 'ExtensionConfigMap' });

const ConfigMapProblem = z
  .strictObject({ reason: z.enum(configMapReasons), message: z.string() })
  .nullable()
  .describe('Why its desired digest cannot be computed: a stable code and a sentence; null where it can.');

export const ConfigMap = z
  .strictObject({
    cluster,
    configMap,
    application: z.string().nullable(),
    consumer: z.string().nullable().describe('The consumer and its version; null where the ConfigMap has a problem.'),
    problem: ConfigMapProblem,
    phase: z.enum(states).describe('`empty`: nothing is discovered for it, which its settings do not say is intended.'),
    phases: z
      .strictObject(
        Object.fromEntries(countedPhases.map((phase) => [phase, count])) as Record<
          (typeof countedPhases)[number],
          typeof count
        >,
      )
      .nullable()
      .describe('Number of Services by phase; null where the ConfigMap has a problem.'),
    settings: z.unknown().describe('The settings from Git, without defaults.'),
    services: z
      .strictObject({ selected: count, redundant: count, unhealthy: count })
      .nullable()
      .describe('Number of discovered Services; /api/v1/explain lists the others.'),
    warnings: z.array(Warning),
  })
  .meta({ id: 'ConfigMap' });

export const Cluster = z
  .strictObject({
    name: z
      .string()
      .describe('As its kubeconfig or Argo CD has it; what Applications call it where it could not be opened.'),
    server: z.string().nullable().describe('Host and port of its API server; null where it could not be opened.'),
    state: z
      .enum(['readable', 'unreadable', 'unopened'])
      .describe('`unreadable`, `unopened`: its Applications are left as they are until it can be read.'),
    reason: z
      .string()
      .nullable()
      .describe('Why it is not read: NotListed, NotWatched, NotOpened or a code of docs/errors.md; null where it is.'),
    message: z.string().nullable().describe('The reason as a sentence.'),
    since: time.describe('Since when this replica reads it, or does not.'),
    services: count
      .nullable()
      .describe('Services in the namespaces that are watched; null where it could not be opened.'),
    configMaps: count.nullable().describe('Managed ConfigMaps; null where it could not be opened.'),
  })
  .meta({ id: 'Cluster' });

export const Statistics = z
  .strictObject({
    configMaps: z.strictObject({
      total: count,
      upToDate: count,
      outOfDate: count,
      empty: count.describe('Nothing is discovered for it, which its settings do not say is intended.'),
      problem: count,
    }),
    services: z
      .array(
        z.strictObject({
          type: z.string().describe('The detector that matches them.'),
          decision: z.enum(decisions),
          reason: z.string().describe('Why, as a stable code: docs/detection.md has each.'),
          count,
        }),
      )
      .describe('Sorted by type, decision and reason.'),
  })
  .meta({ id: 'Statistics' });

export const Discovered = z
  .strictObject({
    cluster,
    configMap,
    digest: z.string().nullable(),
    desired: z.string().nullable(),
    outOfDate: z.boolean(),
    problem: ConfigMapProblem,
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
const ProblemBody = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ in: z.enum(['query', 'body', 'path', 'header']), pointer: z.string(), detail: z.string() }))
      .optional(),
    requestId: z.string().optional().describe('X-Request-Id of the response; the log has it with a bug.'),
  })
  .meta({ id: 'Problem' });

/** Named schemas of the OpenAPI document. */
export const componentSchemas = {
  Application,
  Cluster,
  ConfigMap,
  ConfigMapChanges,
  Discovered,
  ExplainedService,
  ExtensionConfigMap,
  Finding,
  Problem: ProblemBody,
  Statistics,
  Toolset,
  ToolsetDetail,
  Warning,
} as const;

/** A page of a list. */
export function listOf<T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodArray<T>; page: typeof Page }, z.core.$strict> {
  return z.strictObject({ items: z.array(item), page: Page });
}
