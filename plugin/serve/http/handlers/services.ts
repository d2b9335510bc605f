import * as z from 'zod';
import type { Decision, Verdict } from '../../../discovery/decision.ts';
import { outputFieldsOf, urlOf } from '../../../discovery/decision.ts';
import type { Phases } from '../../../discovery/phase.ts';
import { phasesFor } from '../../../discovery/phase.ts';
import { compare, keyOf } from '../../../lib/object-key.ts';
import { sortByService } from '../state/non-candidates.ts';
import type { Explanations } from '../state/read-model.ts';
import { operation } from '../openapi/operation.ts';
import { repeatable, configMapName, label, ofConfigMap, pageOf, paging, text } from '../openapi/parameters.ts';
import { problemFor } from '../problem-details.ts';
import { decisions, ExplainedService, listOf } from '../openapi/schemas.ts';

/** A decision and its ConfigMap. */
export interface ServiceRow {
  readonly model: Explanations;
  readonly configMap: string;
  readonly decision: Decision;
  readonly phases: Phases;
}

const Filter = z.strictObject({
  ...ofConfigMap,
  namespace: label.optional().describe('Only Services of this namespace.'),
  type: text.optional().describe('Only those that this detector matches, such as `prometheus`.'),
  ...paging,
});

const sortKeys = ['service', 'decision', 'type', 'toolset'] as const;

const ExplainQuery = z.strictObject({
  ...Filter.shape,
  configMap: configMapName
    .optional()
    .describe('The ConfigMap, as NAMESPACE/NAME; required with several managed ConfigMaps.'),
  toolset: text.optional().describe('Only those of this toolset.'),
  decision: repeatable(decisions)
    .optional()
    .describe('Only these decisions; by default all but `ignored`. Repeatable.'),
  search: text.optional().describe('Only those with this text in name, URL, evidence, reason or message.'),
  sort: z.enum(sortKeys).default('service').describe('Sort key; equal items by ConfigMap and name.'),
  order: z.enum(['ascending', 'descending']).default('ascending'),
});

/** Decisions about backends, as opposed to Services that are not backends. */
const discovered: readonly Verdict[] = ['selected', 'redundant', 'unhealthy'];
const usual: readonly Verdict[] = decisions.filter((one) => one !== 'ignored');

export const listServices = operation({
  id: 'listServices',
  method: 'get',
  path: '/api/v1/services',
  summary: 'Discovered Services',
  description: 'Backends of a known product: selected for the ConfigMap, redundant, or unhealthy.',
  query: Filter,
  response: listOf(ExplainedService),
  handle: async (models, { query }) => {
    const rows = await rowsOf(models, { ...query, decision: discovered });
    return pageOf(rows, query, serviceResponse);
  },
});

export const explain = operation({
  id: 'explain',
  // Evaluates every Service: some milliseconds for 10,000 of them.
  cost: 3,
  method: 'get',
  path: '/api/v1/explain',
  summary: 'The decision about each Service, and its reason',
  query: ExplainQuery,
  response: listOf(ExplainedService),
  handle: async (models, { query, clusters }) => {
    const all = [...models, ...clusters.flatMap(({ parts }) => parts ?? [])];
    const configMap = requireSingleConfigMap(all, query.configMap);
    const rows = await rowsOf(all, { ...query, configMap, decision: query.decision ?? usual });
    return pageOf(sorted(rows, query), query, serviceResponse);
  },
});

interface ServiceQuery {
  readonly configMap?: string | undefined;
  readonly namespace?: string | undefined;
  readonly type?: string | undefined;
  readonly toolset?: string | undefined;
  readonly decision: readonly Verdict[];
  readonly search?: string | undefined;
}

/** Per cluster, ordered by ConfigMap, then by Service. */
async function rowsOf(models: readonly Explanations[], query: ServiceQuery): Promise<readonly ServiceRow[]> {
  return (await Promise.all(models.map((model) => rowsIn(model, query)))).flat();
}

async function rowsIn(model: Explanations, query: ServiceQuery): Promise<readonly ServiceRow[]> {
  const matches = filterOf(query);
  const needsAll = query.decision.some((decision) => !discovered.includes(decision));
  const rows = await Promise.all(
    model.configMaps(query.configMap).map(async (one) => {
      const configMap = keyOf(one);
      const discovery = await model.discoveryOf(configMap);
      if (!discovery) return [];
      const concluded = discovery.conclusion.decisions.filter(matches);
      const others = needsAll ? model.nonCandidates(discovery).filter(matches) : [];
      // `others` is already sorted, and by far the longer list.
      const all = concluded.length === 0 ? others : sortByService([...concluded, ...others]);
      const phases = phasesFor(discovery.metadata.live);
      return all.map((decision) => ({ model, configMap, decision, phases }));
    }),
  );
  return rows.flat();
}

/** All Services for all ConfigMaps could be millions of rows. */
function requireSingleConfigMap(models: readonly Explanations[], configMap: string | undefined): string | undefined {
  // A ConfigMap in the cluster and one of the hub that covers the cluster may share a name.
  const known = [...new Set(models.flatMap((model) => model.configMaps().map(keyOf)))];
  if (configMap !== undefined || known.length <= 1) return configMap;
  throw problemFor.configMapRequired(known);
}

function filterOf({
  namespace,
  type,
  toolset,
  decision: verdicts,
  search,
}: ServiceQuery): (decision: Decision) => boolean {
  const allowed = new Set<string>(verdicts);
  const text = search?.toLowerCase();
  return (one) =>
    allowed.has(one.decision) &&
    (namespace === undefined || one.service.namespace === namespace) &&
    (type === undefined || one.detector?.id === type) &&
    (toolset === undefined || one.toolset === toolset) &&
    (text === undefined || textOf(one).includes(text));
}

function textOf({ service, endpoint, rule, reason, message }: Decision): string {
  return [keyOf(service), endpoint ? urlOf(endpoint) : '', rule, reason, message].join('\n').toLowerCase();
}

const keys: Readonly<Record<Exclude<(typeof sortKeys)[number], 'service'>, (decision: Decision) => string>> = {
  decision: ({ decision }) => decision,
  type: ({ detector }) => detector?.id ?? '',
  toolset: ({ toolset }) => toolset ?? '',
};

function sorted(rows: readonly ServiceRow[], { sort, order }: z.output<typeof ExplainQuery>): readonly ServiceRow[] {
  if (sort === 'service') return order === 'ascending' ? rows : rows.toReversed();
  const direction = order === 'ascending' ? 1 : -1;
  const keyIn = keys[sort];
  return rows.toSorted((a, b) => direction * compare(keyIn(a.decision), keyIn(b.decision)));
}

/** A decision as the API shows it. */
export function serviceResponse({
  model,
  configMap,
  decision: one,
  phases,
}: ServiceRow): z.input<typeof ExplainedService> {
  const { service, decision, detector } = one;
  const endpoints = model.caches.endpointsOf(keyOf(service));
  return {
    cluster: model.cluster,
    configMap,
    namespace: service.namespace,
    name: service.name,
    decision,
    phase: phases.of(one),
    type: detector?.id ?? null,
    ...outputFieldsOf(one),
    endpoints: endpoints ? { ready: endpoints.ready, notReady: endpoints.notReady } : null,
  };
}
