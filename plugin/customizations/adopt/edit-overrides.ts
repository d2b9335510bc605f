import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import { isMap as isYamlMap, isScalar, parseDocument } from 'yaml';
import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { styleOf, withLinesOf } from '../../lib/data/yaml-edit.ts';
import { renderYaml } from '../../lib/data/yaml-writer.ts';

export type Sections = Record<Section, Record<string, Data>>;

/**
 * The text of overrides, changed from what it said to what it is to say. Lines without a change stay byte for byte. What
 * the edited text does not say, because of aliases for example, is written anew, without comments.
 */
export function editOverrides(text: string, before: Partial<ToolsetFile>, after: Sections, consumer: Consumer): string {
  const isTop = consumer.sections === 'top';
  const intended = isTop ? after.toolsets : filled(after);
  const document = parseDocument(text, { merge: false });
  if (!isYamlMap(document.contents)) return renderYaml(intended);
  const style = styleOf(text);
  const reprinted = document.toString(style);
  for (const section of isTop ? (['toolsets'] as const) : sections) {
    if (!isTop && Object.keys(after[section]).length > 0 && !isYamlMap(document.get(section)))
      document.set(section, document.createNode({}));
    const names = new Set([...Object.keys(before[section] ?? {}), ...Object.keys(after[section])]);
    for (const name of names) {
      const path = isTop ? [name] : [section, name];
      edit(document, path, getOwn(before[section] ?? {}, name), getOwn(after[section], name));
    }
  }
  const edited = document.toString(style);
  const candidates = [withLinesOf(text, reprinted, edited), edited];
  return candidates.find((one) => one !== null && says(one, intended)) ?? renderYaml(intended);
}

function filled(sectionsOfFile: Sections): DataMap {
  return Object.fromEntries(Object.entries(sectionsOfFile).filter(([, entries]) => Object.keys(entries).length > 0));
}

function edit(document: Document, path: readonly string[], before: Data | undefined, after: Data | undefined): void {
  if (isDeepStrictEqual(before, after)) return;
  const node = document.getIn(path, true);
  if (after === undefined) document.deleteIn(path);
  else if (isMap(before) && isMap(after) && isYamlMap(node)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) edit(document, [...path, key], getOwn(before, key), getOwn(after, key));
    // The node keeps the comment at its end.
  } else if (isScalar(node) && typeof after !== 'object') node.value = after;
  else document.setIn(path, document.createNode(after));
}

function says(text: string, intended: Data): boolean {
  const { contents, errors } = parseDocument(text, { merge: false });
  return (
    errors.length === 0 && isDeepStrictEqual(withoutEmpty((contents?.toJSON() ?? {}) as Data), withoutEmpty(intended))
  );
}

/** A section that is empty, or all commented out, says nothing. */
function withoutEmpty(data: Data): Data {
  if (!isMap(data)) return data;
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== null && !(isMap(value) && Object.keys(value).length === 0)),
  );
}
