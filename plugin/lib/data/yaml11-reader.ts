import type { ScalarTag, Tags } from 'yaml';
import { parse } from 'yaml';
import type { Data } from '../json.ts';
import { isList } from '../json.ts';
import { countTokens } from './yaml-tokens.ts';

/** Types of PyYAML that JSON lacks. Here they stay strings, which is what their author meant. */
const unsupportedTypes = ['binary', 'omap', 'pairs', 'set', 'timestamp'];

/** Limits, because a file in the cluster may be edited by hand; what this program writes has at most half as many. */
const maxTokens = 150_000;
const maxValues = 50_000;
const maxDepth = 100;

/**
 * Parses a consumer's file from the cluster as the consumer does (YAML 1.1). `undefined` where it is not YAML, has a
 * line end that the library does not know, or more than 150,000 tokens, 50,000 values or 100 levels: its writer must not
 * determine how long reading takes.
 */
export function parseData(text: string): Data | undefined {
  if (countTokens(text, maxTokens).tokens > maxTokens || oldLineEndIn(text) !== null) return undefined;
  try {
    // With `silent` the library would return what it makes of the rest of a text with errors.
    const options = { version: '1.1', merge: true, uniqueKeys: false, customTags, logLevel: 'error' } as const;
    const data = parse(withLineFeeds(text), options) as Data;
    return countValues(data, maxDepth) > maxValues ? undefined : data;
  } catch {
    return undefined;
  }
}

/** The text with a line feed for each carriage return that is a line end alone, which the library does not know. */
export function withLineFeeds(text: string): string {
  return text.replaceAll(/\r(?!\n)/g, '\n');
}

/**
 * A character such as `U+2028` that ends a line, and a comment, in YAML 1.1 alone, which the library does not know;
 * `null` if there is none. In JSON it is part of a string.
 */
export function oldLineEndIn(text: string): string | null {
  const [found] = /[\u0085\u2028\u2029]/.exec(text) ?? [];
  if (found === undefined || isJson(text)) return null;
  return `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
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
