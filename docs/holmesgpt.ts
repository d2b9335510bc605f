import { toolsets } from '../plugin/consumers/holmesgpt/catalog.ts';
import type { KnownToolset } from '../plugin/consumers/holmesgpt/catalog.ts';
import { code, markdownTable, withSections } from './markdown.ts';

/** docs/holmesgpt.md with what is on by default as the catalogue has it. */
export function holmesgptGuide(): string {
  return withSections('holmesgpt.md', { 'on by default': defaultsTable() });
}

/** By the first release that enables them. A later name stands with the old one. */
function defaultsTable(): string {
  const all = Object.entries(toolsets).filter(([name]) => !isNewName(name));
  const releases = Map.groupBy(
    all.filter(([, { byDefault }]) => byDefault !== undefined),
    ([, { byDefault = 0 }]) => byDefault,
  );
  const rows = [...releases]
    .sort(([one], [other]) => one - other)
    .map(([minor, entries]) => [`0.${String(minor)}`, entries.map(([name, known]) => named(name, known)).join(', ')]);
  return markdownTable(['From', 'On by default'], rows);
}

function isNewName(name: string): boolean {
  return Object.values(toolsets).some((other) => other.replacedBy === name && other.byDefault !== undefined);
}

function named(name: string, { until, replacedBy }: KnownToolset): string {
  const ended = until === undefined ? '' : ` (until 0.${String(until)})`;
  const now = replacedBy === undefined ? undefined : toolsets[replacedBy];
  return now
    ? `${code(name)} (since 0.${String(now.since)} called ${code(replacedBy ?? '')})`
    : `${code(name)}${ended}`;
}
