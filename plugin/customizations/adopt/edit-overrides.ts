import { diffArrays } from 'diff';
import { isDeepStrictEqual } from 'node:util';
import type { Document, ToStringOptions } from 'yaml';
import { isMap as isYamlMap, isScalar, parseDocument } from 'yaml';
import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
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

/** How the text is written, for lines that are added to it. */
function styleOf(text: string): ToStringOptions {
  const [, indent = '  '] = /^( +)[^\s#-]/m.exec(text) ?? [];
  return {
    lineWidth: 0,
    indent: indent.length,
    indentSeq: !/^( *)[^\s#].*:[ \t]*\n\1- /m.test(text),
    flowCollectionPadding: !/[{[][^\s}\]]/.test(text),
  };
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

/** More differing lines than this are not compared: it takes time that grows with their square. */
const maxEditLength = 2_000;

/**
 * The changes between two printed documents, applied to the text that the first was printed of: printing changes spaces
 * in every line. `null` where a change is beside lines that printing has changed by more than that.
 */
function withLinesOf(text: string, printedBefore: string, printedAfter: string): string | null {
  const [own, before, after] = [text, printedBefore, printedAfter].map((one) => one.split('\n')) as [
    string[],
    string[],
    string[],
  ];
  const places = linesAt(before, own);
  const changes = diffArrays(before, after, { maxEditLength });
  if (!places || !changes) return null;
  const result: string[] = [];
  let [line, next] = [0, 0];
  for (const { added, removed, value } of changes) {
    if (added) result.push(...value);
    else {
      const end = line + value.length;
      const ownEnd = end === before.length ? own.length : (places.get(end) ?? -1);
      if (ownEnd < next) return null;
      if (!removed) result.push(...own.slice(next, ownEnd));
      [line, next] = [end, ownEnd];
    }
  }
  return result.join('\n');
}

/** By line of what was printed, the line of the text that says the same but for spaces. */
function linesAt(printed: readonly string[], own: readonly string[]): ReadonlyMap<number, number> | null {
  const compact = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/\s/g, ''));
  const changes = diffArrays(compact(printed), compact(own), { maxEditLength });
  if (!changes) return null;
  const places = new Map<number, number>();
  let [line, ownLine] = [0, 0];
  for (const { added, removed, count } of changes) {
    if (!added && !removed) for (let i = 0; i < count; i += 1) places.set(line + i, ownLine + i);
    if (!added) line += count;
    if (!removed) ownLine += count;
  }
  return places;
}
