import type { Section, ToolsetFile } from '../../../consumers/consumer.ts';
import { sections } from '../../../consumers/consumer.ts';
import type { Verdict } from '../../../discovery/decision.ts';
import { differences } from '../../../lib/data/json-pointer.ts';
import { getOwn, isMap } from '../../../lib/json.ts';
import type { ObservedDiscovery } from '../../reconcile/evaluation/inputs.ts';

/** How one discovered toolset or MCP server differs. */
export interface ToolsetChange {
  readonly section: Section;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
}

/** The first of these changes, and the number of all. */
export interface ToolsetChanges {
  readonly items: readonly ToolsetChange[];
  readonly total: number;
}

/** Changes listed of one ConfigMap. */
export const maxToolsets = 20;

/** How discovered toolsets differ, by section and name. */
export function toolsetChanges(before: ToolsetFile, after: ToolsetFile): ToolsetChanges {
  const all = sections.flatMap((section) => {
    const names = new Set([...Object.keys(before[section]), ...Object.keys(after[section])]);
    return [...names].sort().flatMap((name): readonly ToolsetChange[] => {
      const [was, is] = [getOwn(before[section], name), getOwn(after[section], name)];
      if (differences(was, is).length === 0) return [];
      return [{ section, name, change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed' }];
    });
  });
  return { items: all.slice(0, maxToolsets), total: all.length };
}

/** Discovered toolsets, including MCP servers, before overrides from Git. */
export interface ToolsetCounts {
  readonly enabled: number;
  readonly disabled: number;
  /** Left out because none of their Services is healthy. */
  readonly unhealthy: number;
}

/** What was discovered, and left out. */
export function toolsetCounts(file: ToolsetFile, { decisions }: ObservedDiscovery['conclusion']): ToolsetCounts {
  const entries = sections.flatMap((section) => Object.values(file[section]));
  const disabled = entries.filter((entry) => isMap(entry) && entry.enabled === false).length;
  const toolsetsOf = (verdict: Verdict): Set<string | null> =>
    new Set(decisions.flatMap(({ decision, toolset }) => (decision === verdict ? [toolset] : [])));
  const selected = toolsetsOf('selected');
  const unhealthy = [...toolsetsOf('unhealthy')].filter((toolset) => !selected.has(toolset));
  return { enabled: entries.length - disabled, disabled, unhealthy: unhealthy.length };
}
