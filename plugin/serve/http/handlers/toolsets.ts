import * as z from 'zod';
import { PluginError } from '../../../lib/errors.ts';
import { parseYamlFile } from '../../../settings/yaml/parse.ts';
import { inlineSecrets } from '../../../secrets/index.ts';
import type { Data } from '../../../lib/json.ts';
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
    if (rows.length > 0) return { items: rows.map((row) => ({ ...toolsetResponse(row), ...redacted(row.entry) })) };
    throw problemFor.toolsetNotFound(name, configMap);
  },
});

/** A toolset as the API shows it, without its entry. */
export function toolsetResponse({ entry, ...row }: ToolsetRow): Omit<ToolsetRow, 'entry'> {
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
