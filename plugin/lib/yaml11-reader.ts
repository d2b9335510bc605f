import type { Tags } from 'yaml';
import { parse } from 'yaml';
import type { Data } from './json.ts';

/** What PyYAML reads as something that JSON has not. Here it stays a text, which is what a person meant who wrote it. */
const strange = ['binary', 'merge', 'omap', 'pairs', 'set', 'timestamp'];

/** What a consumer's file in the cluster says, read as the consumer does (YAML 1.1); `undefined` where it is no YAML. */
export function parseData(text: string): Data | undefined {
  try {
    return parse(text, { version: '1.1', merge: false, uniqueKeys: false, customTags, logLevel: 'silent' }) as Data;
  } catch {
    return undefined;
  }
}

function customTags(tags: Tags): Tags {
  const isStrange = (name: string): boolean => strange.includes(name.replace('tag:yaml.org,2002:', ''));
  return tags.filter((tag) => !isStrange(typeof tag === 'string' ? tag : tag.tag));
}
