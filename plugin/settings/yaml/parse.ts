import { LineCounter, parseDocument, visit } from 'yaml';
import type { Document, ParsedNode } from 'yaml';
import type { ErrorCode } from '../../lib/codes.ts';
import type { FileProblem, PluginError } from '../../lib/errors.ts';
import { isPluginError, diagnosticsError } from '../../lib/errors.ts';
import type { SourceLocation } from '../../lib/diagnostic.ts';
import type { GitFile } from '../file.ts';
import { maxFileBytes } from '../file.ts';
import { oldLineEndIn, withLineFeeds } from '../../lib/data/yaml11-reader.ts';
import { getOwn } from '../../lib/json.ts';
import type { KeyRule } from './check.ts';
import { checkNodes, hasTag, keyProblems, liveKeyProblems, maxDepth, tooDeep } from './check.ts';
import { aliasTargets, offsetOf } from './nodes.ts';

/** Maximum number of values in a file, with aliases counted each time; far above what people write. */
const maxValues = 50_000;
/** Maximum number of characters in the paths to all values of a file: many of the paths are printed. */
const maxPathCharacters = 4 * 1024 * 1024;
const hasConflict = [
  'has a conflict marker of git: the merge is not finished',
  'choose one side, and remove the markers',
] as const;
const hasOldLineEnds = [
  'has a carriage return without a line feed: what follows counts as the same line',
  'save the file with the line ends LF',
] as const;
const hasStar = ['has a * without quotes, which YAML reads as an alias', 'put it in quotes: "*"'] as const;

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
  checkNodes(document, problemsOfKeys, (offset, message, hint) => {
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
  if (oldLineEndIn(file.text) !== null) return null;
  try {
    return parseFile({ ...file, text: withoutDirective(withLineFeeds(file.text)) }, 'LIVE_UNREADABLE', liveKeyProblems);
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return null;
  }
}

/** With spaces in place of a %YAML directive, so that offsets stay. */
function withoutDirective(text: string): string {
  return text.replace(/^\uFEFF?%YAML[^\r\n]*/, (directive) => ' '.repeat(directive.length));
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

type Fail = (offset: number, what: string, hint: string) => PluginError;

function parse(file: GitFile, lineCounter: LineCounter, fail: Fail): Document<ParsedNode> {
  // The library's uniqueKeys is quadratic (minutes for 1 MB); `keyProblems` is linear.
  const options = { lineCounter, prettyErrors: false, merge: false, uniqueKeys: false };
  const document = withoutStacks(() => parseDocument(file.text, options));
  // After a syntax error the rest is misread, so only the first one is reported.
  const problem = document.errors[0] ?? document.warnings[0];
  const carriageReturn = file.text.search(/\r(?!\n)/);
  if (carriageReturn >= 0) throw fail(carriageReturn, ...hasOldLineEnds);
  if (document.directives.yaml.explicit)
    throw fail(0, 'has a %YAML directive', 'remove it: the file is read as YAML 1.2');
  const conflict = problem ? file.text.search(/^(?:<{7}|>{7}|\|{7}) /m) : -1;
  if (conflict >= 0) throw fail(conflict, ...hasConflict);
  const [at = 0] = problem?.pos ?? [];
  const gap = problem ? invisibleBefore(file.text, at) : null;
  if (gap !== null) throw fail(gap, ...describeGap(file.text.charAt(gap)));
  if (problem) throw fail(openQuoteAt(document, at) ?? at, ...describe(problem.code, problem.message));
  return document;
}

/** Offset of the quoted string that does not end before the error; the parser reports the end of the file. */
function openQuoteAt(document: Document<ParsedNode>, end: number): number | null {
  let found: number | null = null;
  visit(document, {
    Scalar(_, { type, range }) {
      if (range && type?.startsWith('QUOTE') === true && range[0] < end && range[1] >= end) found = range[0];
    },
  });
  return found;
}

/** Characters that look like a space or like nothing, as word processors and web pages have them. */
const invisible = /[\u00A0\u2000-\u200B\u202F\u3000\uFEFF]/;

/** Offset of an invisible character in the line of an error or the line before it; `null` without one. */
function invisibleBefore(text: string, offset: number): number | null {
  const line = text.lastIndexOf('\n', offset - 1);
  const start = line <= 0 ? 0 : text.lastIndexOf('\n', line - 1) + 1;
  const end = text.indexOf('\n', offset);
  const found = text.slice(start, end === -1 ? undefined : end).search(invisible);
  return found === -1 ? null : start + found;
}

function describeGap(character: string): readonly [what: string, hint: string] {
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return [`has the invisible character U+${code}, which is no space in YAML`, 'replace it by a space, or remove it'];
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

/** Message and hint for an error of the parser; the parser's own message unless it is in the table. */
function describe(code: string, message: string): readonly [what: string, hint: string] {
  if (message.includes('call stack')) return [tooDeep, 'flatten it'];
  const known: Readonly<Record<string, readonly [string, string]>> = {
    MULTIPLE_DOCS: ['starts a second document (---)', 'keep one document in the file'],
    TAB_AS_INDENT: ['is indented with a tab', 'indent with spaces'],
    TAG_RESOLVE_FAILED: hasTag,
    BLOCK_AS_IMPLICIT_KEY: ['has a second colon in the line', 'put the value in quotes, or on a line of its own'],
  };
  if (code === 'BAD_INDENT' && message.includes('same column'))
    return ['is indented unlike what is beside it', 'indent all keys of a map, or items of a list, by as many spaces'];
  if (message.startsWith('Alias cannot be an empty')) return hasStar;
  if (message.startsWith('Plain value cannot start')) return [notYaml(message), 'put the value in quotes'];
  if (message.startsWith('Missing closing') && message.endsWith('quote'))
    return ['has a quote that is not closed', 'close it, or escape what is within'];
  if (/^Implicit (?:map )?keys need/.test(message))
    return ['is no key with a value', 'write KEY: VALUE, with a space behind the colon'];
  return getOwn(known, code) ?? [notYaml(message), 'fix the YAML at this position'];
}

function notYaml(message: string): string {
  return `is not valid YAML: ${message.replace(/\.$/, '')}`;
}
