import type { ScalarTag, Tags } from 'yaml';
import { Lexer, parse } from 'yaml';
import type { Data } from '../json.ts';
import { getOwn, isList, isMap } from '../json.ts';
import { withoutTrailing } from '../trailing.ts';
import { countTokens, lexerMarks, scalarMark } from './yaml-tokens.ts';

/** Types of PyYAML that JSON lacks. Here they stay strings, which is what their author meant. */
const unsupportedTypes = ['binary', 'omap', 'pairs', 'set', 'timestamp'];

/** Limits, because a file in the cluster may be edited by hand; what this program writes has at most half as many. */
const maxTokens = 150_000;
const maxValues = 50_000;
const maxDepth = 100;

/**
 * Parses a consumer's file from the cluster as the consumer does (YAML 1.1). `undefined` where it is not YAML, or has
 * more than 150,000 tokens, 50,000 values or 100 levels: its writer must not determine how long reading takes.
 */
export function parseData(text: string): Data | undefined {
  const data = parseLines(withLineFeeds(text, (quoted) => folded(quoted, /\u0085/).join(' ')));
  if (data === undefined || !separators.test(text)) return data;
  return keepSeparators(data, parseLines(text.replaceAll(loneReturn, '\n')));
}

function parseLines(text: string): Data | undefined {
  if (countTokens(text, maxTokens).tokens > maxTokens) return undefined;
  try {
    // With `silent` the library would return what it makes of the rest of a text with errors.
    const options = { version: '1.1', merge: true, uniqueKeys: false, customTags, logLevel: 'error' } as const;
    const data = parse(text, options) as Data;
    return countValues(data, maxDepth) > maxValues ? undefined : data;
  } catch {
    return undefined;
  }
}

/** A carriage return that is a line end alone. */
const loneReturn = /\r(?!\n)/g;

/** Line and paragraph separators: they end a line in YAML 1.1, and stay in a string that continues behind them. */
const separators = /[\u2028\u2029]/;

/**
 * The text with a line feed for each line end of YAML 1.1 that the library does not know: a lone carriage return, next
 * line (NEL), and separators. Offsets stay. Between quotes, where the next line may be indented less than the library
 * demands, separators stay and NEL is a space.
 */
export function withLineFeeds(
  text: string,
  inQuotes = (quoted: string): string => quoted.replaceAll('\u0085', ' '),
): string {
  const lines = text.replaceAll(loneReturn, '\n');
  if (!/[\u0085\u2028\u2029]/.test(lines)) return lines;
  let [changed, length, tokens, previous] = ['', 0, 0, ''];
  for (const token of new Lexer().lex(lines)) {
    tokens += 1;
    if (tokens > maxTokens) break;
    if (!lexerMarks.includes(token)) {
      // A plain or block scalar that begins with a quote has a mark before it.
      const isQuoted = /^["']/.test(token) && previous !== scalarMark;
      changed += isQuoted ? inQuotes(token) : token.replaceAll(/[\u0085\u2028\u2029]/g, '\n');
      length += token.length;
    }
    previous = token;
  }
  return changed + lines.slice(length);
}

/** `data` with the separators that `other` has in the same strings, where they are part of the text. */
function keepSeparators(data: Data, other: Data | undefined): Data {
  if (typeof data === 'string') {
    const isSame = typeof other === 'string' && withoutSpace(other) === withoutSpace(data);
    if (!isSame || separators.test(data)) return withFoldedLines(data);
    // A plain scalar has none at its ends.
    return withFoldedLines(withoutTrailing(other, '\u2028\u2029').replace(/^[\u2028\u2029]+/, ''));
  }
  if (isList(data)) {
    const items = isList(other) ? other : [];
    return data.map((one, index) => keepSeparators(one, items[index]));
  }
  if (!isMap(data)) return data;
  const entries = isMap(other) ? other : {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, keepSeparators(value, getOwn(entries, key))]),
  );
}

function withFoldedLines(text: string): string {
  return folded(text, /([\u2028\u2029]+)/).join('');
}

/** The text split at these line ends, without the spaces and tabs around them. */
function folded(text: string, lineEnds: RegExp): readonly string[] {
  const parts = text.split(lineEnds);
  return parts
    .map((part, index) => (index > 0 ? part.replace(/^[ \t]+/, '') : part))
    .map((part, index) => (index < parts.length - 1 ? withoutTrailing(part, ' \t') : part));
}

function withoutSpace(text: string): string {
  return text.replaceAll(/[ \t\n\u2028\u2029]+/g, '');
}

/** Number of values, with aliases counted each time; more than the limit also for too many levels. */
function countValues(data: Data, levels: number): number {
  if (typeof data !== 'object' || data === null) return 1;
  if (levels === 0) return Infinity;
  let values = 1;
  for (const one of isList(data) ? data : Object.values(data)) {
    values += countValues(one, levels - 1);
    if (values > maxValues) break;
  }
  return values;
}

function customTags(tags: Tags): Tags {
  const nameOf = (tag: Tags[number]): string =>
    (typeof tag === 'string' ? tag : tag.tag).replace('tag:yaml.org,2002:', '');
  return tags.filter((tag) => !unsupportedTypes.includes(nameOf(tag))).map((tag) => asPythonTag(tag, nameOf(tag)));
}

/** PyYAML reads `y`, `n`, `1e3` and `1.0e3` as strings: an exponent needs a sign and a point before it. */
const pythonForms = {
  bool: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  float:
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
} as const;

function asPythonTag(tag: Tags[number], name: string): Tags[number] {
  if (typeof tag === 'string' || (name !== 'bool' && name !== 'float')) return tag;
  const { test, ...scalar } = tag as ScalarTag;
  return test ? { ...scalar, test: new RegExp(`(?=${pythonForms[name].source})(?:${test.source})`) } : tag;
}
