import { PluginError } from '../../lib/errors.ts';
import type { DataMap } from '../../lib/json.ts';

import type { NamedIssue, ToolsetFile } from '../consumer.ts';
import { shownEntries } from '../consumer.ts';

/** Data sources that Grafana cannot have beside each other: a second default, or a second one with the same name. */
export function clashIssues({ toolsets }: ToolsetFile): readonly NamedIssue[] {
  return [...secondDefaults(toolsets), ...sameNames(toolsets)];
}

/** Fails with OUTPUT_INVALID for a second default: Grafana does not start with such a file. */
export function assertOneDefault({ toolsets }: ToolsetFile): void {
  const [second] = secondDefaults(toolsets);
  if (second === undefined) return;
  const { name, issue } = second;
  throw new PluginError('OUTPUT_INVALID', `the data source ${JSON.stringify(name.slice(0, 80))}: ${issue.message}`, {
    hint: issue.hint,
  });
}

function secondDefaults(toolsets: DataMap): readonly NamedIssue[] {
  const defaults = shownEntries(toolsets).filter(([, { isDefault }]) => isDefault === true);
  return repeated(defaults, () => 'default').map(([name, , first]) => ({
    section: 'toolsets',
    name,
    issue: {
      path: ['isDefault'],
      part: 'value',
      effect: 'rejected',
      message: `isDefault: ${JSON.stringify(first)} is the default as well, and with two defaults Grafana does not start`,
      hint: 'leave isDefault: true with one of them',
    },
  }));
}

/** Grafana finds a data source by its name: the second one changes the first. */
function sameNames(toolsets: DataMap): readonly NamedIssue[] {
  return repeated(shownEntries(toolsets), (uid, { name }) => (typeof name === 'string' ? name : uid)).map(
    ([uid, { name }, first]) => ({
      section: 'toolsets',
      name: uid,
      issue: {
        path: name === undefined ? [] : ['name'],
        part: name === undefined ? 'key' : 'value',
        effect: 'rejected',
        message: `name: ${JSON.stringify(first)} has this name as well, and Grafana keeps one data source of a name`,
        hint: 'give each a name of its own',
      },
    }),
  );
}

type Entry = readonly [uid: string, entry: DataMap];

/** Entries with a text that an earlier one of the same organization has, and the uid of that one. */
function repeated(
  entries: readonly Entry[],
  textOf: (uid: string, entry: DataMap) => string,
): readonly (readonly [uid: string, entry: DataMap, first: string])[] {
  const firsts = new Map<string, string>();
  return entries.flatMap(([uid, entry]) => {
    const key = JSON.stringify([entry.orgId ?? 1, textOf(uid, entry)]);
    const first = firsts.get(key);
    if (first !== undefined) return [[uid, entry, first] as const];
    firsts.set(key, uid);
    return [];
  });
}
