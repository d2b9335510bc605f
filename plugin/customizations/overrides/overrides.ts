import { isDeepStrictEqual } from 'node:util';
import { diagnosticsError } from '../../lib/errors.ts';
import type { FileProblem, PluginError } from '../../lib/errors.ts';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { compose } from '../../lib/data/merge-patch.ts';
import type { YamlFile } from '../../settings/yaml/parse.ts';
import type { Consumer, Section } from '../../consumers/consumer.ts';
import { suggestion } from '../../lib/messages/did-you-mean.ts';
import { typeWordOf } from '../../lib/messages/text.ts';
import { foreignKeys } from './foreign-keys.ts';

/** A file of overrides in the consumer's own format: `null` removes; everything it does not mention stays. */
export interface Overrides {
  readonly file: YamlFile;
  readonly sections: Readonly<Partial<Record<Section, DataMap>>>;
  /** Path of an entry in the file. */
  readonly pathOf: (section: Section, name: string) => Path;
}

type Shape = Pick<Consumer, 'sections' | 'groups' | 'otherFileOf'>;

/** Content of a file of overrides, and the parts with a wrong format. */
export interface ReadOverrides {
  readonly overrides: Overrides;
  readonly problems: readonly FileProblem[];
}

/** Checks the format: maps of toolsets, each a map or `null`. The consumer checks the rest. */
export function parseOverrides(file: YamlFile, consumer: Shape): Overrides {
  const { overrides, problems } = readOverrides(file, consumer);
  if (problems.length > 0) throw invalidOverrides(file, problems);
  return overrides;
}

/** The error for a file with these problems. */
export function invalidOverrides({ name }: YamlFile, problems: readonly FileProblem[]): PluginError {
  const hint = `${name} has the consumer's own shape, for HolmesGPT toolsets: {NAME: {enabled: …, config: {…}}}`;
  return diagnosticsError('OVERRIDES_INVALID', problems, hint);
}

/** Reads the valid parts and reports all others. */
export function readOverrides(file: YamlFile, shape: Shape): ReadOverrides {
  const { sections, groups } = shape;
  const value = (file.value ?? {}) as Data;
  const problem = (path: readonly string[], message: string, part: 'key' | 'value' = 'value'): FileProblem => ({
    location: file.locate(path, part),
    message,
  });
  if (!isMap(value)) {
    const expected = sections === 'top' ? 'a map of toolsets' : `a map with ${sections.join(' and ')}`;
    const overrides = { file, sections: {}, pathOf: (_: Section, name: string) => [name] };
    return { overrides, problems: [problem([], `invalid file: expected ${expected}, not ${typeWordOf(value)}`)] };
  }
  const foreign = foreignKeys(value, shape);
  const rest = withoutKeys(value, new Set(foreign.flatMap(({ keys }) => keys)));
  const foreignProblems = foreign.map(({ keys: [first = ''], message, hint }) => ({
    ...problem([first], message, 'key'),
    hint,
  }));
  if (sections === 'top') {
    const overrides = { file, sections: { toolsets: entriesIn(rest) }, pathOf: (_: Section, name: string) => [name] };
    return { overrides, problems: [...foreignProblems, ...wrongEntries(rest, [], problem)] };
  }
  // A section that is completely commented out reads as `null`: it changes and removes nothing.
  const written = Object.entries(rest).filter(([, entries]) => entries !== null);
  const isKnown = (section: string): boolean => sections.some((known) => known === section);
  const ownProblems = written.flatMap(([section, entries]) => {
    if (!isKnown(section)) return [problem([section], unknown(section, sections), 'key')];
    if (isMap(entries)) return wrongEntries(entries, [section], problem);
    return [problem([section], `invalid ${section}: expected a map of names, not ${typeWordOf(entries)}`)];
  });
  const right = written.flatMap(([section, entries]) =>
    isKnown(section) && isMap(entries) ? [[section, entriesIn(entries)]] : [],
  );
  const own = Object.fromEntries(right) as Partial<Record<Section, DataMap>>;
  const toolsets = own.toolsets && withGroups(own.toolsets, groups);
  const overrides: Overrides = {
    file,
    sections: toolsets ? { ...own, toolsets } : own,
    pathOf: (section, name) => [section, section === 'toolsets' ? writtenName(own.toolsets ?? {}, name, groups) : name],
  };
  return { overrides, problems: [...foreignProblems, ...ownProblems] };
}

function withoutKeys(map: DataMap, keys: ReadonlySet<string>): DataMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.has(key)));
}

/** A group's entry applies to each of its toolsets, below their own. A group with a description is a toolset itself. */
function withGroups(toolsets: DataMap, groups: Consumer['groups']): DataMap {
  return Object.entries(groups).reduce((all, [group, names]) => {
    if (!isGroup(all, group)) return all;
    const { [group]: entry = null, ...others } = all;
    const given = names.map((name) => [
      name,
      Object.hasOwn(others, name) ? compose(entry, getOwn(others, name) ?? null) : entry,
    ]);
    return { ...others, ...(Object.fromEntries(given) as DataMap) };
  }, toolsets);
}

/**
 * Toolsets as a file with these entries would have them: a group stays if it covers all of its toolsets, alone or below
 * their own entries. A group that would give another result is written out.
 */
export function regrouped(written: DataMap, toolsets: DataMap, groups: Consumer['groups']): DataMap {
  return Object.entries(groups).reduce((all, [group, names]) => {
    if (!isGroup(written, group) || Object.hasOwn(all, group)) return all;
    const others = Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
    const [first, ...rest] = names.map((name) => getOwn(toolsets, name));
    const isAlone = names.every((name) => !Object.hasOwn(written, name));
    if (isAlone && first !== undefined && rest.every((one) => isDeepStrictEqual(one, first)))
      return { ...others, [group]: first };
    const entry = getOwn(written, group) ?? null;
    const ownEntries = names.map((name) => ownBelow(entry, getOwn(written, name), getOwn(toolsets, name)));
    if (ownEntries.includes(null)) return all;
    const own = names.flatMap((name, index): (readonly [string, Data])[] => {
      const value = ownEntries[index]?.value;
      return value === undefined ? [] : [[name, value]];
    });
    return { ...others, [group]: entry, ...Object.fromEntries(own) };
  }, toolsets);
}

interface OwnEntry {
  /** `undefined` where the group covers everything. */
  readonly value: Data | undefined;
}

/** A toolset's own entry that yields `wanted` together with the group's; `null` where there is none. */
function ownBelow(group: Data, before: Data | undefined, wanted: Data | undefined): OwnEntry | null {
  const found = [undefined, before, wanted].map((value) => ({ value }));
  return (
    found.find(({ value }) => isDeepStrictEqual(value === undefined ? group : compose(group, value), wanted)) ?? null
  );
}

function isGroup(toolsets: DataMap, name: string): boolean {
  const entry = getOwn(toolsets, name);
  return entry !== undefined && !(isMap(entry) && ('description' in entry || 'type' in entry));
}

/** The name of a toolset in the file: its own or its group's. */
function writtenName(toolsets: DataMap, name: string, groups: Consumer['groups']): string {
  if (Object.hasOwn(toolsets, name)) return name;
  const found = Object.keys(groups).find((group) => getOwn(groups, group)?.includes(name) && isGroup(toolsets, group));
  return found ?? name;
}

function entriesIn(entries: DataMap): DataMap {
  return Object.fromEntries(Object.entries(entries).filter(([, entry]) => entry === null || isMap(entry)));
}

function wrongEntries(
  entries: DataMap,
  path: readonly string[],
  problem: (path: readonly string[], message: string) => FileProblem,
): FileProblem[] {
  const wrong = Object.entries(entries).filter(([, entry]) => entry !== null && !isMap(entry));
  return wrong.map(([name, entry]) => {
    const where = [...path, name];
    const message = `invalid ${where.join('.')}: expected a map, or null to remove it, not ${typeWordOf(entry)}`;
    const isUnspaced = typeof entry === 'string' && /^[a-z_]{1,40}:(?!\/\/)\S/.test(entry);
    return { ...problem(where, message), ...(isUnspaced ? { hint: 'write a space behind the colon' } : {}) };
  });
}

function unknown(section: string, sections: readonly string[]): string {
  return `unknown key ${JSON.stringify(section)}${suggestion(section, sections, JSON.stringify)}`;
}
