import { isDeepStrictEqual } from 'node:util';
import type { ScalarTag, Tags } from 'yaml';
import { Document, parse, visit } from 'yaml';
import { PluginError } from '../errors.ts';
import type { Data } from './toolset.ts';

/** What no reader takes for anything but a text, words such as `on` aside, which the library knows. */
const plain = /^[A-Za-z][\w./-]*$/;

/** Characters that PyYAML refuses or takes for line ends, and those that people do not see. */
const unseen = /[\u007F-\u00A0\u00AD\u200B-\u200F\u2028-\u202F\u2060-\u206F\uFEFF\uFFFE\uFFFF]/g;

/** PyYAML takes 1e-7 for a text: a number with an exponent has to have a dot. */
const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  identify: (value) => typeof value === 'number' && !Number.isInteger(value),
  test: /^-?\d\.\d+e-\d+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d)e/, '$1.0e'),
};

/**
 * The consumer's file. HolmesGPT reads YAML 1.1, Argo CD 1.2: texts stand in quotes, so that both read the same.
 * Sorted keys, LF, no folded lines: Argo CD's line diff shows what changed and nothing else.
 */
export function renderYaml(data: Data): string {
  return write(data, { sortMapEntries: true, defaultStringType: 'QUOTE_DOUBLE' });
}

/** A Kubernetes manifest, with its keys in the order given; texts stand in quotes where a reader could be misled. */
export function renderManifest(manifest: Data): string {
  return write(manifest, { sortMapEntries: false, defaultStringType: 'PLAIN' });
}

interface Style {
  readonly sortMapEntries: boolean;
  readonly defaultStringType: 'PLAIN' | 'QUOTE_DOUBLE';
}

/** The only writer of YAML. */
function write(data: Data, { sortMapEntries, defaultStringType }: Style): string {
  const document = new Document(data, {
    version: '1.1',
    aliasDuplicateObjects: false,
    sortMapEntries,
    customTags,
  });
  visit(document, {
    Scalar(key, node) {
      if (typeof node.value !== 'string') return;
      if (key !== 'key' && isBlock(node.value)) node.type = 'BLOCK_LITERAL';
      else if (!plain.test(node.value)) node.type = hasOnlyQuotes(node.value) ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({ lineWidth: 0, defaultStringType, defaultKeyType: 'PLAIN' });
  // What is unseen stands in double quotes by now, where an escape means the same.
  const escaped = text.replace(unseen, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  assertReadsBack(escaped, data);
  return escaped;
}

/** Without the merge key: where the data says `<<`, it is a text. */
function customTags(tags: Tags): Tags {
  return [float, ...tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge')];
}

/** Whether a literal block can hold the text as it is, so that a diff shows it line by line. */
function isBlock(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- tabs and control characters are what a block must not hold
  return /^[^ \n].*\n/.test(text) && !/[\0-\x09\x0B-\x1F]| $/m.test(text) && text.search(unseen) === -1;
}

/** What is easier to read in single quotes: JSON, above all. */
function hasOnlyQuotes(text: string): boolean {
  return text.includes('"') && /^[ -~]*$/.test(text);
}

function assertReadsBack(text: string, data: Data): void {
  if ((['1.1', '1.2'] as const).every((version) => isDeepStrictEqual(read(text, version), data))) return;
  throw new PluginError('OUTPUT_INVALID', 'the toolset file would not be read back as it was meant', {
    hint: 'look for unusual keys or characters in overrides.yaml',
  });
}

function read(text: string, version: '1.1' | '1.2'): unknown {
  try {
    // The library's search for duplicate keys is quadratic; a key that was lost shows in the comparison.
    return parse(text, { version, uniqueKeys: false });
  } catch {
    return undefined;
  }
}
