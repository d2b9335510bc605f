import * as z from 'zod';
import { isDeepStrictEqual } from 'node:util';
import type { ToolsetFile } from '../../../consumers/consumer.ts';
import { differences, valueAt } from '../../../lib/data/json-pointer.ts';
import { changedLines } from '../../../lib/data/line-patch.ts';
import { merge } from '../../../lib/data/merge-patch.ts';
import { renderYaml } from '../../../lib/data/yaml-writer.ts';
import type { Data, Path } from '../../../lib/json.ts';
import { getOwn } from '../../../lib/json.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import { operation } from '../openapi/operation.ts';
import { ofConfigMap, pageOf, paging } from '../openapi/parameters.ts';
import { ConfigMapChanges, listOf } from '../openapi/schemas.ts';
import type { ConfigMapChange } from '../state/config-map-history.ts';
import { configMapRows, unlessForbidden } from '../state/read-model.ts';
import type { ConfigMapRow, ReadModel } from '../state/read-model.ts';
import type { ToolsetChange } from '../state/toolset-changes.ts';
import { finalOf } from './toolset-rows.ts';
import { redacted } from './toolsets.ts';

export const listChanges = operation({
  id: 'listChanges',
  method: 'get',
  path: '/api/v1/changes',
  // Reads and compares the live data of out-of-date ConfigMaps.
  cost: 3,
  summary: 'What the next sync changes in ConfigMaps that are out of date, and the last changes of each',
  description:
    'From what this replica has watched since it started, in memory: `since` says when. Overrides that change in Git ' +
    'alone change no digest and are not among the changes.',
  query: z.strictObject({ ...ofConfigMap, ...paging }),
  response: listOf(ConfigMapChanges),
  problems: ['cluster-unavailable'],
  handle: (models, { query }) => pageOf(configMapRows(models, query.configMap), query, toResponse),
});

type Item = z.input<typeof ConfigMapChanges>;

async function toResponse({ status, model }: ConfigMapRow): Promise<Item> {
  const configMap = keyOf(status);
  const { configMapHistory: history, cluster } = model;
  const pending = history.pending(configMap);
  return {
    cluster,
    configMap,
    application: status.application,
    since: timeOf(history.since),
    completeSince: timeOf(history.completeSince(configMap)),
    counts: history.counts(configMap).map(({ at, ...counted }) => ({ at: timeOf(at), ...counted })),
    pending: pending && {
      ...shared(pending),
      toolsets: await unlessForbidden(pendingToolsets(status, pending, model), null),
    },
    history: history.ended(configMap).map((change) => ({
      ...shared(change),
      outcome: change.outcome === 'reverted' ? 'reverted' : 'applied',
      tookSeconds: change.tookMs === null ? null : change.tookMs / 1000,
      toolsets: change.toolsets,
    })),
  };
}

function shared({ at, cause, services }: ConfigMapChange): Pick<Item['history'][number], 'at' | 'cause' | 'services'> {
  return { at: timeOf(at), cause, services };
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

type PendingToolsets = NonNullable<Item['pending']>['toolsets'];

async function pendingToolsets(
  status: ConfigMapStatus,
  { toolsets }: ConfigMapChange,
  model: ReadModel,
): Promise<PendingToolsets> {
  const configMap = keyOf(status);
  const discovery = toolsets && (await model.discoveryOf(configMap));
  const live = discovery && (await model.read(configMap));
  const before = model.configMapHistory.fileOf(configMap, status.digest);
  const after = status.desired === null ? null : model.configMapHistory.fileOf(configMap, status.desired);
  if (!live || !before || !after) return null;
  const files = { before, after, live: finalOf(live, discovery) };
  return { items: toolsets.items.map((change) => ({ ...change, ...linesOf(change, files) })), total: toolsets.total };
}

/** Most lines per toolset. */
export const maxLines = 200;

interface Files {
  /** Discovered toolsets: those in the live ConfigMap, and those of the latest discovery. */
  readonly before: ToolsetFile;
  readonly after: ToolsetFile;
  readonly live: ToolsetFile;
}

interface ChangedLines {
  readonly lines: readonly string[] | null;
  readonly withheld: string | null;
  readonly overridden: boolean;
}

/** What the next sync changes in one toolset of the live ConfigMap; values that Git overrides stay as they are. */
export function linesOf({ section, name }: ToolsetChange, files: Files): ChangedLines {
  const [before, after, live] = [files.before, files.after, files.live].map((file) => getOwn(file[section], name));
  const { withheld } = redacted(live);
  if (withheld !== null) return { lines: null, withheld, overridden: false };
  const { entry, overridden } = expectedEntry(before, after, live);
  const lines = changedLines(textOf(name, live), textOf(name, entry));
  const more = lines.length - maxLines;
  const shown = more > 0 ? [...lines.slice(0, maxLines), ` … and ${String(more)} more lines`] : lines;
  return { lines: shown, withheld: null, overridden };
}

/** The entry after the next sync, as far as it can be known without Git: discovered values in the live entry change. */
function expectedEntry(
  before: Data | undefined,
  after: Data | undefined,
  live: Data | undefined,
): { readonly entry: Data | undefined; readonly overridden: boolean } {
  if (after === undefined) return { entry: undefined, overridden: !isDeepStrictEqual(before, live) };
  // What only Git has said about it so far is merged on top.
  if (before === undefined)
    return { entry: live === undefined ? after : merge(after, live), overridden: live !== undefined };
  // Git removes it.
  if (live === undefined) return { entry: undefined, overridden: true };
  const paths = differences(before, after);
  const own = paths.filter((path) => isDeepStrictEqual(valueAt(before, path), valueAt(live, path)));
  const entry = own.reduce((patched, path) => merge(patched, patchOf(path, valueAt(after, path) ?? null)), live);
  return { entry, overridden: own.length < paths.length };
}

/** A merge patch that sets one part, or removes it with `null`. */
function patchOf(path: Path, value: Data): Data {
  return path.reduceRight<Data>((inner, key) => ({ [String(key)]: inner }), value);
}

function textOf(name: string, entry: Data | undefined): string {
  return entry === undefined ? '' : renderYaml({ [name]: entry });
}
