import { isDeepStrictEqual } from 'node:util';
import { isMap as isYamlMap, parseDocument } from 'yaml';
import type { Consumer, Section } from '../../consumers/consumer.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { styleOf, withLinesOf } from '../../lib/data/yaml-edit.ts';
import { renderYaml } from '../../lib/data/yaml-writer.ts';
import { isPluginError } from '../../lib/errors.ts';
import { parseYamlFile } from '../../settings/yaml/parse.ts';
import { regrouped } from '../overrides/overrides.ts';
import { hasOpenAlias, writeOutAliases } from './aliases.ts';
import { editDocument, nodeOf } from './edit-document.ts';
import { withLiveComments } from './live-comments.ts';

/** Keys are known to be unique from an earlier parse; checking them again would take quadratic time. */
const readOptions = { merge: false, uniqueKeys: false } as const;

export type Sections = Record<Section, Record<string, Data>>;

/**
 * Edits the text of overrides so that it has these sections. Unchanged lines stay byte for byte, and comments stay with
 * their subject. Aliases stay where their value is still right. New overrides have the comments of the live file.
 */
export function editOverrides(text: string, after: Sections, consumer: Consumer, live = ''): string {
  if (text.trim() === '') return created(intendedOf({}, after, consumer), live) ?? text;
  if (!text.includes('\r\n') || /[^\r]\n/.test(text)) return edited(text, after, consumer);
  return edited(text.replaceAll('\r\n', '\n'), after, consumer).replaceAll('\n', '\r\n');
}

/** `null` where there is nothing to write. */
function created(intended: DataMap, live: string): string | null {
  if (Object.keys(intended).length === 0) return null;
  const plain = renderYaml(intended);
  const commented = withLiveComments(plain, live);
  return parsesTo(commented, intended) ? commented : plain;
}

function edited(text: string, after: Sections, consumer: Consumer): string {
  const written = parseDocument(text, readOptions).toJS({ maxAliasCount: -1 }) as Data;
  const intended = intendedOf(isMap(written) ? written : {}, after, consumer);
  if (isDeepStrictEqual(written ?? {}, intended)) return text;
  if (isJson(text)) return editJson(text, intended);
  const candidates = [
    (): string | null => editYaml(text, intended, 'changed aliases'),
    (): string | null => editYaml(text, intended, 'all aliases'),
  ];
  for (const candidate of candidates) {
    const result = candidate();
    if (result !== null) return result;
  }
  return renderYaml(intended);
}

/** The intended content of the file, in its present order: entries of a group stay together while they are equal. */
function intendedOf(written: DataMap, after: Sections, { sections, groups }: Consumer): DataMap {
  if (sections === 'top') return inOrderOf(written, after.toolsets);
  const all = new Map<string, Data>(Object.entries(written));
  for (const section of sections) {
    const before = getOwn(written, section);
    const entries =
      section === 'toolsets' ? regrouped(isMap(before) ? before : {}, after.toolsets, groups) : after[section];
    if (isMap(before)) all.set(section, inOrderOf(before, entries));
    else if (Object.keys(entries).length > 0) all.set(section, entries);
  }
  return Object.fromEntries(all);
}

/** The data with existing keys in their order, followed by new ones. */
function inOrderOf(before: DataMap, data: DataMap): DataMap {
  const known = Object.keys(before).filter((key) => Object.hasOwn(data, key));
  const keys = new Set([...known, ...Object.keys(data)]);
  return Object.fromEntries(
    [...keys].map((key) => {
      const [old, value = null] = [getOwn(before, key), getOwn(data, key)];
      return [key, isMap(old) && isMap(value) ? inOrderOf(old, value) : value];
    }),
  );
}

/** `null` where the edited text would not have the intended content. */
function editYaml(text: string, intended: DataMap, writtenOut: 'changed aliases' | 'all aliases'): string | null {
  const document = parseDocument(text, readOptions);
  const style = styleOf(text);
  const reprinted = document.toString(style);
  const before = document.toJS({ maxAliasCount: -1 }) as Data;
  writeOutAliases(document, writtenOut === 'all aliases' ? null : intended);
  if (isYamlMap(document.contents)) editDocument(document, before, intended);
  else document.contents = nodeOf(document, intended) as typeof document.contents;
  if (hasOpenAlias(document)) return null;
  const whole = document.toString(style);
  return [withLinesOf(text, reprinted, whole), whole].find((one) => one !== null && parsesTo(one, intended)) ?? null;
}

/** Whether `generate` would read the intended content from the text. */
function parsesTo(text: string, intended: DataMap): boolean {
  try {
    return isDeepStrictEqual(parseYamlFile({ name: '', text }, 'OVERRIDES_INVALID').value ?? {}, intended);
  } catch (error) {
    if (isPluginError(error)) return false;
    throw error;
  }
}

function isJson(text: string): boolean {
  try {
    return isMap(JSON.parse(text) as Data);
  } catch {
    return false;
  }
}

/** JSON stays JSON, with its indentation. */
function editJson(text: string, intended: DataMap): string {
  const [, indent = ''] = /^([ \t]+)\S/m.exec(text) ?? [];
  const printed = (data: Data): string => `${JSON.stringify(data, null, indent)}\n`;
  const whole = printed(intended);
  const lines = withLinesOf(text, printed(JSON.parse(text) as Data), whole);
  return lines !== null && parsesTo(lines, intended) && isJson(lines) ? lines : whole;
}
