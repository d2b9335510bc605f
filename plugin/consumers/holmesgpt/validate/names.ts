import type { DataMap } from '../../../lib/json.ts';
import { isMap } from '../../../lib/json.ts';
import type { ConsumerIssue, NamedIssue, Section, ToolsetFile } from '../../consumer.ts';
import { currentName } from '../catalog.ts';

/** Entries that HolmesGPT treats as one toolset: it keeps the last one and silently drops the others. */
export function nameIssues(
  { toolsets, mcp_servers: servers }: ToolsetFile,
  minor: number,
  title: string,
): NamedIssue[] {
  const names = namesIn(toolsets);
  // In the order of the printed file.
  const kept = new Map(names.map((name) => [currentName(name, minor), name]));
  const renamed = names.flatMap((name): NamedIssue[] => {
    const last = kept.get(currentName(name, minor)) ?? name;
    return last === name
      ? []
      : [{ section: 'toolsets', name, issue: ignored(`${title} ignores it: ${last} is another name of it`) }];
  });
  const section: Section = 'mcp_servers';
  const displacing = namesIn(servers).filter((name) => names.includes(name));
  return [
    ...renamed,
    ...displacing.map((name) => ({ section, name, issue: ignored(`${title} ignores the toolset of the same name`) })),
  ];
}

function namesIn(entries: DataMap): string[] {
  const written = Object.entries(entries).filter(([, entry]) => isMap(entry));
  return written.map(([name]) => name).sort();
}

function ignored(message: string): ConsumerIssue {
  return { path: [], part: 'key', effect: 'ignored', message, hint: 'keep one of the two, or rename it' };
}
