import type { ScalarTag, Tags } from 'yaml';
import { parse } from 'yaml';
import type { Data, DataMap } from '../json.ts';
import { countTokens } from './yaml-tokens.ts';

/** What PyYAML reads as something that JSON has not. Here it stays a text, which is what a person meant who wrote it. */
const strange = ['binary', 'omap', 'pairs', 'set', 'timestamp'];

/** A file in the cluster may be an edit by hand; what this program writes has half as many at most. */
const maxTokens = 150_000;
const maxValues = 50_000;
const maxDepth = 100;

/**
 * What a consumer's file in the cluster says, read as the consumer does (YAML 1.1); `undefined` where it is no YAML, or
 * holds more than 150,000 tokens, 50,000 values or 100 levels: its writer must not choose how long it takes to read.
 */
export function parseData(text: string): Data | undefined {
  if (countTokens(text, maxTokens).tokens > maxTokens) return undefined;
  try {
    const options = { version: '1.1', merge: true, uniqueKeys: false, customTags, logLevel: 'silent' } as const;
    const data = parse(text, options) as Data;
    return valuesIn(data, maxDepth) > maxValues ? undefined : data;
  } catch {
    return undefined;
  }
}

/** The number of values, those of aliases each time; more than the limit, for too many levels as well. */
function valuesIn(data: Data, levels: number): number {
  if (typeof data !== 'object' || data === null) return 1;
  if (levels === 0) return Infinity;
  let values = 1;
  for (const one of Array.isArray(data) ? (data as readonly Data[]) : Object.values(data as DataMap)) {
    values += valuesIn(one, levels - 1);
    if (values > maxValues) break;
  }
  return values;
}

function customTags(tags: Tags): Tags {
  const nameOf = (tag: Tags[number]): string =>
    (typeof tag === 'string' ? tag : tag.tag).replace('tag:yaml.org,2002:', '');
  return tags.filter((tag) => !strange.includes(nameOf(tag))).map((tag) => asInPython(tag, nameOf(tag)));
}

/** PyYAML takes `y` and `n`, `1e3` and `1.0e3` for texts: an exponent has a sign there, and comes after a point. */
const pythonForms = {
  bool: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  float:
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
} as const;

function asInPython(tag: Tags[number], name: string): Tags[number] {
  if (typeof tag === 'string' || (name !== 'bool' && name !== 'float')) return tag;
  const { test, ...scalar } = tag as ScalarTag;
  return test ? { ...scalar, test: new RegExp(`(?=${pythonForms[name].source})(?:${test.source})`) } : tag;
}
