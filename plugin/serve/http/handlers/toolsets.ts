import * as z from 'zod';
import { PluginError } from '../../../lib/errors.ts';
import { parseYamlFile } from '../../../settings/yaml/parse.ts';
import { inlineSecrets } from '../../../secrets/index.ts';
import { linesWithOrigins } from '../../../customizations/line-origins.ts';
import { pointerTo, valueAt } from '../../../lib/data/json-pointer.ts';
import type { Data, Path } from '../../../lib/json.ts';
import { renderYaml } from '../../../lib/data/yaml-writer.ts';
import { operation } from '../openapi/operation.ts';
import { ofConfigMap, pageOf, paging, text, yesOrNo } from '../openapi/parameters.ts';
import { problemFor } from '../problem-details.ts';
import { listOf, Toolset, ToolsetDetail } from '../openapi/schemas.ts';
import { toolsetRows } from './toolset-rows.ts';
import type { ToolsetRow } from './toolset-rows.ts';

const Query = z.strictObject({
  ...ofConfigMap,
  enabled: yesOrNo.optional().describe('Only enabled (`true`) or disabled (`false`) ones.'),
  healthy: yesOrNo
    .optional()
    .describe('Only healthy (`true`) or unhealthy (`false`) ones; neither includes unknown ones.'),
  ...paging,
});

export const listToolsets = operation({
  id: 'listToolsets',
  method: 'get',
  path: '/api/v1/toolsets',
  summary: 'Current toolsets, their origin, and their overrides from Git',
  description: 'Without `configMap`, those of all ConfigMaps that the service may read.',
  query: Query,
  response: listOf(Toolset),
  problems: ['cluster-unavailable'],
  handle: async (models, { query }) => {
    const { configMap, enabled, healthy } = query;
    const rows = (await toolsetRows(models, configMap)).filter(
      (one) => (enabled ?? one.enabled) === one.enabled && (healthy === undefined || one.healthy === healthy),
    );
    return pageOf(rows, query, toolsetResponse);
  },
});

export const getToolset = operation({
  id: 'getToolset',
  method: 'get',
  path: '/api/v1/toolsets/{name}',
  summary: 'One toolset, with its content, in each ConfigMap that has it',
  description: 'The slash of a name may be encoded: `prometheus/metrics` or `prometheus%2Fmetrics`.',
  parameters: z.strictObject({ name: text.describe('Name of the toolset, such as `prometheus/metrics`.') }),
  query: z.strictObject(ofConfigMap),
  response: z.strictObject({ items: z.array(ToolsetDetail) }),
  problems: ['not-found', 'cluster-unavailable'],
  handle: async (models, { path: { name }, query: { configMap } }) => {
    const rows = (await toolsetRows(models, configMap)).filter((one) => one.name === name);
    if (rows.length > 0) return { items: rows.map(detailOf) };
    throw problemFor.toolsetNotFound(name, configMap);
  },
});

function detailOf(row: ToolsetRow): z.input<typeof ToolsetDetail> {
  const shown = redacted(row.entry);
  return { ...toolsetResponse(row), ...shown, lines: shown.entry === null ? null : linesOf(row, shown.entry) };
}

type Line = NonNullable<z.input<typeof ToolsetDetail>['lines']>[number];
type Origin = Omit<Line, 'line'>;

/** Lines that differ from the discovered entry come from Git; lines with a Service's address come from that Service. */
function linesOf({ name, overridden, overriddenAt, discovered, services }: ToolsetRow, entry: Data): readonly Line[] {
  const pointers = new Set(overridden);
  const places = new Map(overriddenAt.map(({ pointer }, index) => [pointer, index]));
  const addresses = services.filter(({ url }) => url !== '');
  const originOf = (path: Path): Origin | undefined => {
    const within = [...path.keys(), path.length].map((length) => pointerTo(path.slice(0, length)));
    const override = within.flatMap((pointer) => places.get(pointer) ?? []).at(-1) ?? null;
    if (within.some((pointer) => pointers.has(pointer))) return { origin: 'Git', override };
    const value = valueAt(entry, path);
    const from = typeof value === 'string' && addresses.find(({ url }) => value.startsWith(url));
    return from ? { origin: from.service, override: null } : undefined;
  };
  const usual = overridden === null ? 'unknown' : discovered === undefined ? 'Git' : 'generated';
  const usually = { origin: usual, override: usual === 'Git' ? (places.get('') ?? null) : null };
  return linesWithOrigins(name, entry, originOf, usually).map(({ line, origin }) => ({ line, ...origin }));
}

/** A toolset as the API shows it, without its entry. */
export function toolsetResponse({ entry, discovered, ...row }: ToolsetRow): Omit<ToolsetRow, 'entry' | 'discovered'> {
  return row;
}

/** Withholds an entry with a possible secret: manual edits and overrides can contain one. */
export function redacted(entry: Data | undefined): { readonly entry: Data; readonly withheld: string | null } {
  if (entry === undefined) return { entry: null, withheld: null };
  try {
    const file = parseYamlFile({ name: 'entry', text: renderYaml({ entry }) }, 'LIVE_UNREADABLE');
    const [secret] = inlineSecrets(file);
    return secret ? { entry: null, withheld: secret.message } : { entry, withheld: null };
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    return { entry: null, withheld: 'it cannot be checked for secrets' };
  }
}
