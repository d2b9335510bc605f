import { newest, oldest, toolsets } from '../plugin/consumers/holmesgpt/catalog.ts';
import type { KnownToolset } from '../plugin/consumers/holmesgpt/catalog.ts';
import type { ReleaseChange } from '../plugin/consumers/holmesgpt/releases/changes.ts';
import { releaseChanges } from '../plugin/consumers/holmesgpt/releases/changes.ts';
import { code, markdownTable, withSections } from './markdown.ts';

/** docs/holmesgpt.md with the defaults, and the changes between releases, from the catalogue. */
export function holmesgptGuide(): string {
  return withSections('holmesgpt.md', { 'on by default': defaultsTable(), releases: releaseTable() });
}

/** Ordered by the first release that enables them. A renamed toolset is listed with its old name. */
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

function releaseTable(): string {
  const [first, last] = [oldest, newest].map((version) => Number(version.split('.')[1])) as [number, number];
  const releases = Array.from({ length: last - first }, (_, index) => first + index + 1);
  return markdownTable(['From', 'Toolsets', 'What changes'], releases.flatMap(rowsOf));
}

/** One row per sentence, with all toolsets to which it applies. */
function rowsOf(minor: number): string[][] {
  const bySubject = Map.groupBy(releaseChanges({ from: minor - 1, to: minor }), ({ subject }) => subject);
  const told = [...bySubject].flatMap(([subject, changes]) => sentences(changes).map((text) => ({ subject, text })));
  return [...Map.groupBy(told, ({ text }) => text)].map(([text, same]) => [
    `0.${String(minor)}`,
    same.map(({ subject }) => (subject === '' ? 'every entry' : code(subject))).join(', '),
    text,
  ]);
}

const lists = { new: 'new', gone: 'gone', required: 'required', optional: 'no longer required' } as const;

/** Keys with the same change share a sentence. */
function sentences(changes: readonly ReleaseChange[]): string[] {
  const listed = Object.entries(lists).flatMap(([kind, word]) => {
    const keys = changes.flatMap((one) => (one.kind === kind && one.key !== null ? [code(one.key)] : []));
    return keys.length === 0 ? [] : [`${word} ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')}`];
  });
  const single = changes.filter(({ kind, key }) => key === null || !Object.hasOwn(lists, kind)).map(sentence);
  return [...single, ...listed];
}

function sentence({ kind, key, to = '', lost }: ReleaseChange): string {
  switch (kind) {
    case 'renamed':
      return `${key === null ? '' : `${code(key)} `}is called ${code(to)}${lost ? ' alone' : ''}`;
    case 'values':
      if (key !== null) return `${code(key)} takes ${to}`;
      return to === 'any' ? 'keys in any combination, any subtype' : to;
    case 'on':
      return 'on by default';
    case 'off':
      return 'off by default';
    case 'new':
    case 'gone':
    case 'required':
    case 'optional':
      return lists[kind];
  }
}
