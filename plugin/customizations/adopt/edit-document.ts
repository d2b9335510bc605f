import { isDeepStrictEqual } from 'node:util';
import type { Document, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isCollection, isMap as isYamlMap, isNode, isScalar, isSeq, Scalar, visit } from 'yaml';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isList, isMap } from '../../lib/json.ts';
import { readAsPyYaml } from '../../settings/yaml/yaml11-ambiguities.ts';

/** Changes only the parts of a document that differ; all others keep their comments. */
export function editDocument(document: Document, before: Data, after: Data): void {
  edit(document, [], before, after);
}

/** A node for the data in the style of handwritten YAML: strings that YAML 1.1 reads as something else are quoted. */
export function nodeOf(document: Document, data: Data): Node {
  const node = document.createNode(data, { aliasDuplicateObjects: false }) as Node;
  visit(node, {
    Scalar: (_, scalar) => {
      quoteIfMisread(scalar);
    },
  });
  return node;
}

function quoteIfMisread(scalar: Scalar): void {
  const isPlain = scalar.type === undefined || scalar.type === Scalar.PLAIN;
  if (isPlain && typeof scalar.value === 'string' && readAsPyYaml(scalar.value).kind !== 'text')
    scalar.type = Scalar.QUOTE_DOUBLE;
}

function edit(document: Document, path: Path, before: Data | undefined, after: Data): void {
  if (isDeepStrictEqual(before, after)) return;
  const node = document.getIn(path, true);
  if (isMap(before) && isMap(after) && isYamlMap(node)) editMap(document, path, node, before, after);
  else if (isList(before) && isList(after) && isSeq(node)) editList(document, path, node, { before, after });
  else if (isAlias(node) && isDeepStrictEqual(node.toJS(document, { maxAliasCount: -1 }), after)) return;
  else if (isScalar(node) && node.tag === undefined && typeof after !== 'object') {
    node.value = after;
    quoteIfMisread(node);
  } else document.setIn(path, withCommentsOf(node, nodeOf(document, after)));
}

function editMap(document: Document, path: Path, map: YAMLMap, before: DataMap, after: DataMap): void {
  // A handwritten `{}` is a placeholder; entries on the same line would be hard to read.
  if (map.items.length === 0) map.flow = false;
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) removeKey(document, map, key);
  for (const [key, value] of Object.entries(after)) edit(document, [...path, key], getOwn(before, key), value);
}

interface ListChange {
  readonly before: readonly Data[];
  readonly after: readonly Data[];
}

/** Items before and after the change keep their nodes; in between, items present on both sides are edited. */
function editList(document: Document, path: Path, list: YAMLSeq, { before, after }: ListChange): void {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isDeepStrictEqual(before[start], after[start])) start += 1;
  let behind = 0;
  while (behind < shorter - start && isDeepStrictEqual(before.at(-1 - behind), after.at(-1 - behind))) behind += 1;
  const both = shorter - behind;
  for (let index = start; index < both; index += 1)
    edit(document, [...path, index], before[index], after[index] ?? null);
  const added = after.slice(both, after.length - behind).map((one) => nodeOf(document, one));
  list.items.splice(both, before.length - behind - both, ...added);
}

/** Moves the comments of the old node to the new one, where it has a place for them. */
function withCommentsOf(before: unknown, node: Node): Node {
  if (!isNode(before)) return node;
  const { commentBefore, comment } = before;
  if (isCollection(node)) node.commentBefore = joined(commentBefore, comment);
  else {
    node.commentBefore = isCollection(before) ? null : (commentBefore ?? null);
    node.comment = isCollection(before) ? joined(commentBefore, comment) : (comment ?? null);
  }
  return node;
}

function joined(...comments: readonly (string | null | undefined)[]): string | null {
  const written = comments.filter((one) => typeof one === 'string');
  return written.length === 0 ? null : written.join('\n');
}

/** Separates blocks of comments. */
const blankLine = '\n\n';

/**
 * Removes an entry with the comment directly above it. Comments above a blank line, or at the start of the file,
 * concern more than the entry and stay.
 */
function removeKey(document: Document, map: YAMLMap, key: string): void {
  const index = map.items.findIndex((one) => isScalar(one.key) && one.key.value === key);
  const [removed] = map.items.splice(index, index === -1 ? 0 : 1) as Pair<Scalar>[];
  const comment = removed?.key.commentBefore ?? null;
  if (comment === null) return;
  const isHead = map === document.contents && index === 0;
  const kept = isHead ? comment : comment.split(blankLine).slice(0, -1).join(blankLine);
  if (kept === '') return;
  const next = map.items[index]?.key;
  if (isScalar(next)) next.commentBefore = `${kept}\n\n${next.commentBefore ?? ''}`.replace(/\n\n$/, '\n');
  else if (map === document.contents && map.items.length === 0) document.commentBefore = kept;
  else map.comment = joined(kept, map.comment);
}
