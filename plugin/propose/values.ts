import { isDeepStrictEqual } from 'node:util';
import type { Document, Node, Scalar, ToStringOptions, YAMLMap } from 'yaml';
import {
  isAlias,
  isMap as isYamlMap,
  isNode,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
} from 'yaml';
import type { PluginError } from '../lib/errors.ts';
import { diagnosticsError } from '../lib/errors.ts';
import { pathOf, pointerTo, valueAt } from '../lib/data/json-pointer.ts';
import { styleOf, withLinesOf } from '../lib/data/yaml-edit.ts';
import { countTokens } from '../lib/data/yaml-tokens.ts';
import { parseData } from '../lib/data/yaml11-reader.ts';
import type { Data } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';

/** Most tokens of a values file: they determine the time and memory to read it. */
const maxTokens = 150_000;
const maxAliases = 100;

/** A values file of the repository, and the key whose value is written. */
export interface ValuesFile {
  readonly name: string;
  readonly text: string;
  /** JSON Pointer. */
  readonly key: string;
}

/** The value of the key; `undefined` if the file lacks it. Fails with VALUES_INVALID and the location. */
export function valueIn(file: ValuesFile): Data | undefined {
  const values = new Values(file);
  return valueAt(values.data, values.path);
}

/**
 * The file with another value for the key. Keeps comments, order and spelling of everything else, and of unchanged
 * lines below the key. Fails with VALUES_INVALID and the location.
 */
export function withValue(file: ValuesFile, value: Data): string {
  const { text } = file;
  // All lines have Windows line endings: the edit is made with plain line feeds.
  const isCrLf = text.includes('\r\n') && !/(?<!\r)\n/.test(text);
  if (!isCrLf) return new Values(file).with(value);
  return new Values({ ...file, text: text.replaceAll('\r\n', '\n') }).with(value).replaceAll('\n', '\r\n');
}

/** A parsed values file. */
class Values {
  readonly path: string[];
  readonly data: Data;
  readonly #file: ValuesFile;
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(file: ValuesFile) {
    this.#file = file;
    this.path = pathOf(file.key);
    if (countTokens(file.text, maxTokens).tokens > maxTokens)
      throw this.#fail(0, `holds more than ${String(maxTokens)} tokens`, 'name a smaller file');
    const [document, second] = parseAllDocuments(file.text, { merge: false, lineCounter: this.#lines }) as Document[];
    if (second) throw this.#fail(second.range?.[0] ?? 0, 'is a second YAML document', 'name a file with one document');
    const [error] = document?.errors ?? [];
    if (error) throw this.#fail(error.pos[0], reasonIn(error.message), 'correct the file: its YAML is not valid');
    this.#document = document ?? parseDocument('');
    this.#assertReachable();
    this.data = this.#toData(this.#document);
  }

  with(value: Data): string {
    const before = valueAt(this.data, this.path);
    if (isDeepStrictEqual(before, value)) return this.#file.text;
    const style = styleOf(this.#file.text);
    const isEmpty = this.#document.contents === null || isNull(this.#document.contents);
    const appended = isEmpty ? this.#appended(value, style) : null;
    // A null node cannot hold keys.
    if (isEmpty) this.#document.contents = null;
    const reprinted = this.#document.toString(style);
    set(this.#document, this.path, before, value);
    const edited = this.#document.toString(style);
    const candidates = [appended, withLinesOf(this.#file.text, reprinted, edited), edited];
    const found = candidates.find((one) => one !== null && this.#parsesTo(one, value));
    if (found !== undefined && found !== null) return found;
    throw this.#fail(
      this.#offsetOf(this.#document.getIn(this.path, true)),
      `the value of ${this.#file.key} cannot be changed without changing another part of the file`,
      'write anchors, aliases and tags out as plain values',
    );
  }

  /** Appends the value to a document that has no content, only comments. */
  #appended(value: Data, style: ToStringOptions): string {
    const { text } = this.#file;
    const added = parseDocument('');
    set(added, this.path, undefined, value);
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${added.toString(style)}`;
  }

  /**
   * Whether a text has this value for the key, as read by YAML 1.2 and 1.1, and is otherwise equivalent to the
   * original.
   */
  #parsesTo(text: string, value: Data): boolean {
    const document = parseDocument(text, { merge: false });
    if (document.errors.length > 0) return false;
    const data = this.#toData(document);
    const rest = (all: Data): Data => withoutPath(all, this.path);
    return (
      isDeepStrictEqual(valueAt(data, this.path), value) &&
      isDeepStrictEqual(valueAt(parseData(text), this.path), value) &&
      isDeepStrictEqual(rest(data), rest(this.data))
    );
  }

  #toData(document: Document): Data {
    try {
      return (document.toJS({ maxAliasCount: maxAliases }) ?? {}) as Data;
    } catch {
      throw this.#fail(0, `has more than ${String(maxAliases)} values by aliases`, 'write the aliases out');
    }
  }

  /** Every key on the path must be a map of its own, and the value must not be shared with another part. */
  #assertReachable(): void {
    const { key } = this.#file;
    for (const depth of this.path.keys()) {
      const path = this.path.slice(0, depth);
      const node = this.#document.getIn(path, true);
      if (node === undefined || node === null || isNull(node)) return;
      this.#assertMap(node, depth === 0 ? 'the file' : pointerTo(path));
    }
    const node = this.#document.getIn(this.path, true);
    if (isAlias(node)) throw this.#fail(this.#offsetOf(node), `${key} is an alias`, 'write the value out');
    if (isYamlMap(node)) this.#assertOwn(node, key);
    else if (isNode(node) && !isScalar(node))
      throw this.#fail(this.#offsetOf(node), `${key} is a list`, 'name a key that holds a map or a string with --key');
  }

  #assertMap(node: unknown, what: string): void {
    const offset = this.#offsetOf(node);
    if (isAlias(node)) throw this.#fail(offset, `${what} is an alias`, 'write the map out');
    if (!isYamlMap(node))
      throw this.#fail(offset, `${what} is ${isScalar(node) ? 'a value' : 'a list'}`, 'name a key in maps with --key');
    this.#assertUnmerged(node, what);
  }

  #assertUnmerged(map: YAMLMap, what: string): void {
    const merged = map.items.find(({ key }) => isScalar(key) && key.value === '<<');
    if (merged) throw this.#fail(this.#offsetOf(merged.key), `${what} has a merge key`, 'write the keys out');
  }

  /** The replaced part must not be repeated elsewhere in the file. */
  #assertOwn(map: YAMLMap, key: string): void {
    const [inside, everywhere] = [aliasesIn(map), aliasesIn(this.#document)];
    visit(map, {
      Node: (_, node) => {
        if (isAlias(node) || node.anchor === undefined) return;
        const { anchor } = node;
        if ((everywhere.get(anchor) ?? 0) > (inside.get(anchor) ?? 0))
          throw this.#fail(
            this.#offsetOf(node),
            `${key} holds the anchor &${anchor}, which another part of the file repeats`,
            'write the value out where it is repeated',
          );
      },
    });
    this.#assertUnmerged(map, key);
  }

  #offsetOf(node: unknown): number {
    return isNode(node) ? (node.range?.[0] ?? 0) : 0;
  }

  #fail(offset: number, message: string, hint: string): PluginError {
    const { line, col } = this.#lines.linePos(offset);
    const location = { file: this.#file.name, line: Math.max(line, 1), column: Math.max(col, 1) };
    return diagnosticsError('VALUES_INVALID', [{ location, message }], hint);
  }
}

/** How many aliases repeat each anchor. */
function aliasesIn(root: Document | Node): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  visit(root, {
    Alias: (_, { source }) => {
      counts.set(source, (counts.get(source) ?? 0) + 1);
    },
  });
  return counts;
}

function isNull(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function set(document: Document, path: readonly string[], before: Data | undefined, after: Data | undefined): void {
  if (isDeepStrictEqual(before, after)) return;
  const node = document.getIn(path, true);
  if (after === undefined) {
    document.deleteIn(path);
  } else if (isMap(before) && isMap(after) && isYamlMap(node) && node.items.length > 0) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) set(document, [...path, key], getOwn(before, key), getOwn(after, key));
  } else if (isScalar(node) && typeof after !== 'object') {
    node.value = after;
    quote(node, 'value');
  } else {
    replace(document, path, node, after);
  }
}

function replace(document: Document, path: readonly string[], old: unknown, after: Data): void {
  const node = document.createNode(after);
  visit(node, {
    Scalar: (at, one) => {
      quote(one, at === 'key' ? 'key' : 'value');
    },
  });
  // Handles `toolsets: # comment` and `toolsets: {} # comment`.
  if (isNode(old) && isNode(node)) node.commentBefore = old.comment ?? old.commentBefore ?? null;
  document.contents ??= document.createNode({});
  for (const depth of path.keys()) {
    const parent = path.slice(0, depth);
    if (depth > 0 && !isYamlMap(document.getIn(parent, true))) document.setIn(parent, document.createNode({}));
  }
  document.setIn(path, node);
  quoteKey(document, path);
}

/** Quotes an added key, which is not a node of its own yet. */
function quoteKey(document: Document, path: readonly string[]): void {
  const parent = document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  const pair = isYamlMap(parent) ? parent.items.find(({ key }) => key === name) : undefined;
  if (!pair || name === undefined) return;
  const key = document.createNode(name) as Scalar;
  quote(key, 'key');
  pair.key = key;
}

/** Quotes what YAML 1.1 would not read as text; text of several lines becomes a block. */
function quote(scalar: Scalar, part: 'key' | 'value'): void {
  const { value, type } = scalar;
  if (typeof value !== 'string' || type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') return;
  if (value.includes('\n')) scalar.type = 'BLOCK_LITERAL';
  else if (!isText(value) || (type === undefined && part === 'value')) scalar.type = 'QUOTE_DOUBLE';
}

/** Whether both versions of YAML read it as text if unquoted. */
function isText(value: string): boolean {
  const { contents, errors } = parseDocument(value);
  return errors.length === 0 && isScalar(contents) && contents.value === value && parseData(value) === value;
}

/** The parser's message without the location, which is already prefixed here. */
function reasonIn(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

function withoutPath(data: Data, [key = '', ...rest]: readonly string[]): Data {
  if (!isMap(data)) return data;
  const inner = getOwn(data, key);
  const others = Object.fromEntries(Object.entries(data).filter(([name]) => name !== key));
  if (rest.length === 0 || inner === undefined) return others;
  const left = withoutPath(inner, rest);
  // Maps on the path may be new, or may have been null.
  return left === null || (isMap(left) && Object.keys(left).length === 0) ? others : { ...others, [key]: left };
}
