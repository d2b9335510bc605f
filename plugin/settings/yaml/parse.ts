import { isAlias, isCollection, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Alias, Document, Node, Pair, ParsedNode, YAMLMap } from 'yaml';
import type { ErrorCode } from '../../lib/codes.ts';
import type { FileProblem, PluginError } from '../../lib/errors.ts';
import { isPluginError, diagnosticsError } from '../../lib/errors.ts';
import type { SourceLocation } from '../../lib/diagnostic.ts';
import type { GitFile } from '../file.ts';
import { maxFileBytes } from '../file.ts';
import { getOwn } from '../../lib/json.ts';
import { memoize } from '../../lib/memoize.ts';

const maxAliases = 100;
const maxDepth = 64;

/** Maximum number of values in a file, with aliases counted each time; far above what people write. */
const maxValues = 50_000;
/** Maximum number of characters in the paths to all values of a file: many of the paths are printed. */
const maxPathCharacters = 4 * 1024 * 1024;
const tooDeep = `is nested more than ${String(maxDepth)} levels deep`;
const hasTag = ['has a tag, which is not supported', 'write the plain value'] as const;
const hasConflict = [
  'has a conflict marker of git: the merge is not finished',
  'choose one side, and remove the markers',
] as const;
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** A parsed YAML file with the location of each of its parts. */
export interface YamlFile extends YamlText {
  /** Plain data; `null` for an empty file. */
  readonly value: unknown;
  /** Location of the value at the path, or of its key; of the nearest parent if it is absent. */
  readonly locate: (path: readonly PropertyKey[], part?: 'key' | 'value') => SourceLocation;
}

/** The text of a YAML file and its nodes. */
export interface YamlText {
  readonly name: string;
  readonly text: string;
  /** The document's nodes, with comments and offsets. */
  readonly document: Document<ParsedNode>;
  /** Location of an offset in the text. */
  readonly placeAt: (offset: number) => SourceLocation;
}

/**
 * Parses one YAML 1.2 document from Git, which is untrusted. Refuses duplicate, merge and prototype
 * keys, keys that are not strings, tags, more than 100 aliases, 64 levels or 50,000 values, and values
 * that JSON cannot express. Throws `code`.
 */
export function parseYamlFile(file: GitFile, code: ErrorCode): YamlFile {
  return parseFile(file, code, keyProblems);
}

function parseFile(file: GitFile, code: ErrorCode, problemsOfKeys: KeyRule): YamlFile {
  const lineCounter = new LineCounter();
  const placeAt = (offset: number): SourceLocation => {
    const { line, col } = lineCounter.linePos(offset);
    return { file: file.name, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const fail = (offset: number, message: string, hint: string): PluginError =>
    diagnosticsError(code, [{ location: placeAt(offset), message }], hint);

  const document = parse(file, lineCounter, fail);
  const problems: FileProblem[] = [];
  check(document, problemsOfKeys, (offset, message, hint) => {
    problems.push({ location: placeAt(offset), message, hint });
    return problems.length < maxProblems;
  });
  if (problems.length > 0) throw collected(code, problems);
  const value = document.toJS({ maxAliasCount: -1 }) as unknown;
  new ValueCount(document, fail).add(value, [], 0);
  return {
    name: file.name,
    text: file.text,
    value,
    document,
    locate: (path, part = 'value') => placeAt(offsetOf(document, path, part)),
    placeAt,
  };
}

/**
 * The same for the text of a live ConfigMap, which anyone may have written; `null` if it is refused. It may have
 * merge keys and repeated keys, which consumers accept.
 */
export function parseLiveYaml(file: GitFile): YamlText | null {
  try {
    return parseFile(file, 'LIVE_UNREADABLE', liveKeyProblems);
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return null;
  }
}

/** Maximum number of problems to collect in one file. */
const maxProblems = 50;

/** One error for all problems; a single problem's hint becomes the error's. */
function collected(code: ErrorCode, problems: readonly FileProblem[]): PluginError {
  const [first, ...others] = problems;
  if (first && others.length === 0) {
    const { hint = '', ...problem } = first;
    return diagnosticsError(code, [problem], hint);
  }
  return diagnosticsError(code, problems, 'correct each of them');
}

/** Records a problem; returns false once there are enough. */
type Report = (offset: number, what: string, hint: string) => boolean;

type Fail = (offset: number, what: string, hint: string) => PluginError;

function parse(file: GitFile, lineCounter: LineCounter, fail: Fail): Document<ParsedNode> {
  // The library's uniqueKeys is quadratic (minutes for 1 MB); `checkKeys` is linear.
  const options = { lineCounter, prettyErrors: false, merge: false, uniqueKeys: false };
  const document = withoutStacks(() => parseDocument(file.text, options));
  // After a syntax error the rest is misread, so only the first one is reported.
  const problem = document.errors[0] ?? document.warnings[0];
  if (document.directives.yaml.explicit)
    throw fail(0, 'has a %YAML directive', 'remove it: the file is read as YAML 1.2');
  const conflict = problem ? file.text.search(/^(?:<{7}|>{7}|\|{7}) /m) : -1;
  if (conflict >= 0) throw fail(conflict, ...hasConflict);
  if (problem) throw fail(problem.pos[0], ...describe(problem.code, problem.message));
  return document;
}

/** The library creates an error for each mistake, possibly one per character; only the first is reported. */
function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What is wrong with the keys of a map. */
type KeyRule = (map: YAMLMap) => Problem[];

/** Checks every node; stops where continuing is pointless. */
function check(document: Document<ParsedNode>, problemsOfKeys: KeyRule, report: Report): void {
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, {
    Node(_, node, path) {
      const offset = offsetOfNode(node);
      if (isCollection(node) && path.filter(isCollection).length >= maxDepth) {
        report(offset, tooDeep, 'flatten it');
        return visit.BREAK;
      }
      if (!isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
      if (isAlias(node) && (aliases += 1) > maxAliases) {
        const what = `is alias number ${String(aliases)}: more than ${String(maxAliases)} are refused`;
        report(offset, what, 'write the values out');
        return visit.BREAK;
      }
      const isEnough = problemsOf(node, anchors, problemsOfKeys).some((one) => !report(...one));
      return isEnough ? visit.BREAK : undefined;
    },
  });
}

type Problem = Parameters<Report>;

function problemsOf(node: Node, anchors: ReadonlySet<string>, problemsOfKeys: KeyRule): Problem[] {
  const offset = offsetOfNode(node);
  if (isAlias(node)) {
    const what = `refers to the anchor &${node.source}, which is not defined before it`;
    return anchors.has(node.source) ? [] : [[offset, what, 'write the value out']];
  }
  return [
    ...(node.tag === undefined ? [] : [[offset, ...hasTag] as Problem]),
    ...(isScalar(node) ? scalarProblems(node.value, offset) : []),
    ...(isMap(node) ? problemsOfKeys(node) : []),
  ];
}

/** Counts the values of a file with all aliases resolved: nested aliases multiply. */
class ValueCount {
  readonly #document: Document<ParsedNode>;
  readonly #fail: Fail;
  #values = 0;
  #characters = 0;
  #pathCharacters = 0;

  constructor(document: Document<ParsedNode>, fail: Fail) {
    this.#document = document;
    this.#fail = fail;
  }

  /** `length` is the number of characters in the path. Throws at the value that exceeds a limit. */
  add(value: unknown, path: (string | number)[], length: number): void {
    this.#values += 1;
    this.#pathCharacters += length;
    if (typeof value === 'string') this.#characters += value.length;
    const isTooMuch = this.#values > maxValues || this.#pathCharacters > maxPathCharacters;
    if (isTooMuch || path.length > maxDepth || this.#characters > maxFileBytes) throw this.#tooMuch(path);
    if (typeof value !== 'object' || value === null) return;
    const entries: Iterable<[string | number, unknown]> = Array.isArray(value)
      ? value.entries()
      : Object.entries(value as Readonly<Record<string, unknown>>);
    for (const [key, one] of entries) {
      path.push(key);
      this.add(one, path, length + String(key).length + 1);
      path.pop();
    }
  }

  #tooMuch(path: readonly (string | number)[]): PluginError {
    // Without aliases, the size of the file and its levels are limits already.
    if (aliasTargets(this.#document).size > 0)
      return this.#fail(0, 'has aliases that expand to too much data, or to themselves', 'write the values out');
    const limit =
      this.#values > maxValues
        ? `${String(maxValues)} values`
        : `${String(maxPathCharacters / 1024 / 1024)} MB of paths to its values, with the keys around each`;
    const where = offsetOf(this.#document, path, 'value');
    return this.#fail(where, `exceeds the limit of a file: ${limit}`, 'make the file smaller');
  }
}

function scalarProblems(value: unknown, offset: number): Problem[] {
  if (typeof value === 'string' && !value.isWellFormed())
    return [[offset, 'holds half of a character (a lone surrogate)', 'write the whole character']];
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return [];
  if (!Number.isFinite(value)) return [[offset, 'is not a finite number', 'put it in quotes']];
  if (!Number.isInteger(value)) return [];
  return [[offset, 'is a number too large to be kept exactly', 'put it in quotes']];
}

function keyProblems(map: YAMLMap): Problem[] {
  const names = new Set<string>();
  return map.items.flatMap(({ key }): Problem[] => {
    const [problem] = keyProblem(key);
    if (problem || !isScalar(key)) return problem ? [problem] : [];
    const offset = offsetOfNode(key);
    const name = key.value as string;
    if (names.has(name))
      return [[offset, `repeats the key ${JSON.stringify(name)} of the same map`, 'keep one of them']];
    names.add(name);
    return name === '<<' ? [[offset, 'is a merge key, which is not supported', 'write the values out']] : [];
  });
}

function liveKeyProblems(map: YAMLMap): Problem[] {
  return map.items.flatMap(({ key }) => keyProblem(key));
}

function keyProblem(key: unknown): Problem[] {
  const offset = offsetOfNode(key);
  if (isTemplate(key)) return [[offset, 'is a template without quotes', 'write it in quotes: "{{ env.NAME }}"']];
  if (!isScalar(key) || typeof key.value !== 'string')
    return [[offset, 'has a key that is not a string', 'put the key in quotes']];
  return forbiddenKeys.has(key.value) ? [[offset, `has the key ${key.value}, which is refused`, 'rename the key']] : [];
}

/** `{{ env.NAME }}` without quotes is a map whose key is a map. */
function isTemplate(key: unknown): boolean {
  return isMap(key) && key.flow === true && key.items.length === 1 && (key.items[0]?.value ?? null) === null;
}

function offsetOf(document: Document<ParsedNode>, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node);
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1;
    // A problem within an alias is located at the alias: each use of an anchor has its own line.
    if (isAlias(node)) return offset;
    const pair = isMap(node) ? pairsOf(node).get(step) : undefined;
    const next: unknown = pair ? pair.value : getItem(node, step);
    if (next === undefined && !pair) return offset;
    offset = last && part === 'key' && pair ? offsetOfNode(pair.key) : offsetOfNode(next ?? pair?.key);
    node = next;
  }
  return offset;
}

/** The target of each alias, found in one pass: the library searches the whole file for each alias. */
export const aliasTargets = memoize((document: Document): ReadonlyMap<Alias, Node> => {
  const anchors = new Map<string, Node>();
  const found = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) found.set(node, target);
        return;
      }
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return found;
});

/** Pairs of a map by key, built once per map: a linear search for each key would be quadratic. */
const pairsOf = memoize(
  (map: YAMLMap): ReadonlyMap<unknown, Pair<Node, Node | null>> =>
    new Map(
      (map as YAMLMap<Node, Node | null>).items.map((pair) => [isScalar(pair.key) ? pair.key.value : null, pair]),
    ),
);

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
  return getOwn(known, code) ?? [`is not valid YAML: ${message.replace(/\.$/, '')}`, 'fix the YAML at this position'];
}
