import { diagnosticsError } from '../../lib/errors.ts';
import type { PluginError } from '../../lib/errors.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { compose } from '../../lib/merge-patch.ts';
import type { YamlFile } from '../../settings/yaml/parse.ts';
import { didYouMean } from '../../lib/text.ts';
import type { Consumer, Section } from '../../consumers/consumer.ts';
import type { Path } from '../../lib/json-pointer.ts';

/** A file of overrides, in the consumer's own shape: `null` removes, what it does not name stays. */
export interface Overrides {
  readonly file: YamlFile;
  readonly sections: Readonly<Partial<Record<Section, DataMap>>>;
  /** Where an entry stands in the file. */
  readonly pathOf: (section: Section, name: string) => Path;
}

/** Checks the shape: maps of toolsets, each a map or `null`. What is in them is the consumer's matter. */
export function parseOverrides(file: YamlFile, { sections, groups }: Pick<Consumer, 'sections' | 'groups'>): Overrides {
  const value = (file.value ?? {}) as Data;
  if (sections === 'top') {
    if (!isMap(value)) throw wrong(file, [], `invalid file: expected a map of toolsets, not ${kindOf(value)}`);
    assertEntries(file, value, []);
    return { file, sections: { toolsets: value }, pathOf: (_, name) => [name] };
  }
  if (!isMap(value))
    throw wrong(file, [], `invalid file: expected a map with ${sections.join(' and ')}, not ${kindOf(value)}`);
  // A section that is all commented out reads as `null`: it says nothing, and removes nothing.
  const written = Object.entries(value).filter(([, entries]) => entries !== null);
  for (const [section, entries] of written) {
    if (!sections.some((known) => known === section)) throw wrong(file, [section], unknown(section, sections), 'key');
    if (!isMap(entries))
      throw wrong(file, [section], `invalid ${section}: expected a map of names, not ${kindOf(entries)}`);
    assertEntries(file, entries, [section]);
  }
  const own = Object.fromEntries(written) as Partial<Record<Section, DataMap>>;
  const toolsets = own.toolsets && withGroups(own.toolsets, groups);
  return {
    file,
    sections: toolsets ? { ...own, toolsets } : own,
    pathOf: (section, name) => [section, section === 'toolsets' ? writtenName(own.toolsets ?? {}, name, groups) : name],
  };
}

/** A group's entry stands for each of its toolsets, below what their own say. One with a description is a toolset itself. */
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

function isGroup(toolsets: DataMap, name: string): boolean {
  const entry = getOwn(toolsets, name);
  return entry !== undefined && !(isMap(entry) && ('description' in entry || 'type' in entry));
}

/** The name under which a toolset stands in the file. */
function writtenName(toolsets: DataMap, name: string, groups: Consumer['groups']): string {
  if (Object.hasOwn(toolsets, name)) return name;
  const found = Object.keys(groups).find((group) => getOwn(groups, group)?.includes(name) && isGroup(toolsets, group));
  return found ?? name;
}

function assertEntries(file: YamlFile, entries: DataMap, path: readonly string[]): void {
  for (const [name, entry] of Object.entries(entries)) {
    if (entry === null || isMap(entry)) continue;
    const where = [...path, name];
    throw wrong(file, where, `invalid ${where.join('.')}: expected a map, or null to remove it, not ${kindOf(entry)}`);
  }
}

function wrong(file: YamlFile, path: readonly string[], message: string, part: 'key' | 'value' = 'value'): PluginError {
  return diagnosticsError(
    'OVERRIDES_INVALID',
    [{ location: file.locate(path, part), message }],
    `${file.name} has the consumer's own shape, for HolmesGPT toolsets: {NAME: {enabled: …, config: {…}}}`,
  );
}

function unknown(section: string, sections: readonly string[]): string {
  const meant = didYouMean(section, sections);
  return `unknown key ${JSON.stringify(section)}${meant === null ? '' : `, did you mean ${JSON.stringify(meant)}?`}`;
}

function kindOf(value: Data | undefined): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
