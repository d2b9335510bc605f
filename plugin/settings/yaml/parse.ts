import { isAlias, isCollection, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, ParsedNode, YAMLMap } from 'yaml';
import type { ErrorCode } from '../../lib/codes.ts';
import type { PluginError } from '../../lib/errors.ts';
import { diagnosticsError } from '../../lib/errors.ts';
import type { SourceLocation } from '../../lib/diagnostic.ts';
import type { GitFile } from '../file.ts';
import { maxFileBytes } from '../file.ts';

const maxAliases = 100;
const maxDepth = 64;
const tooDeep = `is nested more than ${String(maxDepth)} levels deep`;
const hasTag = ['has a tag, which is not supported', 'write the plain value'] as const;
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** A parsed YAML file with the location of each of its parts. */
export interface YamlFile {
  readonly name: string;
  readonly text: string;
  /** Plain data; `null` for an empty file. */
  readonly value: unknown;
  /** The document's nodes, with comments and offsets. */
  readonly document: Document<ParsedNode>;
  /** Location of the value at the path, or of its key; of the nearest parent where it is absent. */
  readonly locate: (path: readonly PropertyKey[], part?: 'key' | 'value') => SourceLocation;
  /** Location of an offset in the text. */
  readonly placeAt: (offset: number) => SourceLocation;
}

/**
 * Parses one YAML 1.2 document from Git, which is untrusted. Refuses duplicate, merge and prototype keys, keys that are
 * not strings, tags, more than 100 aliases, more than 64 levels and values that JSON cannot hold. Fails with `code`.
 */
export function parseYamlFile(file: GitFile, code: ErrorCode): YamlFile {
  const lineCounter = new LineCounter();
  const placeAt = (offset: number): SourceLocation => {
    const { line, col } = lineCounter.linePos(offset);
    return { file: file.name, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const fail = (offset: number, message: string, hint: string): PluginError =>
    diagnosticsError(code, [{ location: placeAt(offset), message }], hint);

  const document = parse(file, lineCounter, fail);
  check(document, fail);
  return {
    name: file.name,
    text: file.text,
    value: document.toJS({ maxAliasCount: -1 }) as unknown,
    document,
    locate: (path, part = 'value') => placeAt(offsetOf(document, path, part)),
    placeAt,
  };
}

type Fail = (offset: number, what: string, hint: string) => PluginError;

function parse(file: GitFile, lineCounter: LineCounter, fail: Fail): Document<ParsedNode> {
  // uniqueKeys of the library is quadratic (minutes for 1 MB); `checkKeys` is linear.
  const options = { lineCounter, prettyErrors: false, merge: false, uniqueKeys: false };
  const document = parseDocument(file.text, options);
  const problem = document.errors[0] ?? document.warnings[0];
  if (document.directives.yaml.explicit)
    throw fail(0, 'has a %YAML directive', 'remove it: the file is read as YAML 1.2');
  if (problem) throw fail(problem.pos[0], ...describe(problem.code, problem.message));
  return document;
}

function check(document: Document<ParsedNode>, fail: Fail): void {
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, {
    Node(_, node, path) {
      const offset = offsetOfNode(node);
      if (isCollection(node) && path.filter(isCollection).length >= maxDepth) throw fail(offset, tooDeep, 'flatten it');
      if (!isAlias(node) && node.tag !== undefined) throw fail(offset, ...hasTag);
      if (!isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
      if (isAlias(node) && (aliases += 1) > maxAliases) {
        throw fail(
          offset,
          `is alias number ${String(aliases)}: more than ${String(maxAliases)} are refused`,
          'write the values out',
        );
      }
      if (isAlias(node) && !anchors.has(node.source)) {
        throw fail(
          offset,
          `refers to the anchor &${node.source}, which does not stand before it`,
          'write the value out',
        );
      }
      if (isScalar(node)) checkScalar(node.value, offset, fail);
      if (isMap(node)) checkKeys(node, fail);
    },
  });
  if (aliases > 0) assertBounded(document, fail);
}

/** Aliases of aliases multiply: bounds the size of the data with all aliases resolved. */
function assertBounded(document: Document<ParsedNode>, fail: Fail): void {
  if (sizeOf(document) <= maxFileBytes) return;
  throw fail(0, 'holds aliases that stand for too much data, or for themselves', 'write the values out');
}

function sizeOf(document: Document<ParsedNode>): number {
  try {
    // The library counts the anchor as well.
    return JSON.stringify(document.toJS({ maxAliasCount: maxAliases + 1 })).length;
  } catch {
    // JSON cannot hold a value that contains itself.
    return Infinity;
  }
}

function checkScalar(value: unknown, offset: number, fail: Fail): void {
  if (typeof value === 'string' && !value.isWellFormed())
    throw fail(offset, 'holds half of a character (a lone surrogate)', 'write the whole character');
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return;
  if (!Number.isFinite(value)) throw fail(offset, 'is not a finite number', 'put it in quotes');
  if (Number.isInteger(value)) throw fail(offset, 'is a number too large to be kept exactly', 'put it in quotes');
}

function checkKeys(map: YAMLMap, fail: Fail): void {
  const names = new Set<string>();
  for (const { key } of map.items) {
    const offset = offsetOfNode(key);
    if (!isScalar(key) || typeof key.value !== 'string')
      throw fail(offset, 'has a key that is not a text', 'put the key in quotes');
    const name = key.value;
    if (names.has(name))
      throw fail(offset, `repeats the key ${JSON.stringify(name)} of the same map`, 'keep one of them');
    if (name === '<<') throw fail(offset, 'is a merge key, which is not supported', 'write the values out');
    if (forbiddenKeys.has(name)) throw fail(offset, `has the key ${name}, which is refused`, 'rename the key');
    names.add(name);
  }
}

function offsetOf(document: Document<ParsedNode>, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node);
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1;
    if (isAlias(node)) node = node.resolve(document);
    const pair = isMap(node) ? pairsOf(node).get(step) : undefined;
    const next: unknown = pair ? pair.value : getItem(node, step);
    if (next === undefined && !pair) return offset;
    offset = last && part === 'key' && pair ? offsetOfNode(pair.key) : offsetOfNode(next ?? pair?.key);
    node = next;
  }
  return offset;
}

const pairs = new WeakMap<YAMLMap, ReadonlyMap<unknown, Pair<Node, Node | null>>>();

/** Pairs of a map by key, built once for each map: a linear search for each key would be quadratic. */
function pairsOf(map: YAMLMap): ReadonlyMap<unknown, Pair<Node, Node | null>> {
  const known =
    pairs.get(map) ??
    new Map(
      (map as YAMLMap<Node, Node | null>).items.map((pair) => [isScalar(pair.key) ? pair.key.value : null, pair]),
    );
  pairs.set(map, known);
  return known;
}

function getItem(node: unknown, step: PropertyKey): unknown {
  return typeof node === 'object' && node !== null && 'get' in node && typeof node.get === 'function'
    ? (node as { get: (key: PropertyKey, keep: boolean) => unknown }).get(step, true)
    : undefined;
}

function offsetOfNode(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}

/** Message and hint for an error of the parser; the parser's own message unless it is in the table. */
function describe(code: string, message: string): readonly [what: string, hint: string] {
  if (message.includes('call stack')) return [tooDeep, 'flatten it'];
  const known: Readonly<Record<string, readonly [string, string]>> = {
    MULTIPLE_DOCS: ['starts a second document (---)', 'keep one document in the file'],
    TAB_AS_INDENT: ['is indented with a tab', 'indent with spaces'],
    TAG_RESOLVE_FAILED: hasTag,
  };
  return known[code] ?? [`is not valid YAML: ${message.replace(/\.$/, '')}`, 'fix the YAML at this position'];
}
