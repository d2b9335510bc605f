import { load } from 'js-yaml';
import { isDeepStrictEqual } from 'node:util';
import { PluginError } from '../errors.ts';
import type { Data, DataMap } from '../settings/data.ts';
import { isMap } from '../settings/data.ts';

/** What no reader takes for anything but a text, apart from `words`. */
const plain = /^[A-Za-z][\w./-]*$/;

/** Words of YAML 1.1 and 1.2 that are no texts. */
const words = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Characters that PyYAML refuses or takes for line ends, and those that people do not see. */
const unseen = /[\u007F-\u00A0\u00AD\u200B-\u200F\u2028-\u202F\u2060-\u206F\uFEFF\uFFFE\uFFFF]/g;

/** PyYAML reads no key without a question mark that is longer than 1024 characters. */
const maxPlainKey = 1_000;

/**
 * The consumer's file. HolmesGPT reads YAML 1.1, Argo CD 1.2: texts stand in quotes, so that both read the same.
 * Sorted keys, LF, no folded lines: Argo CD's line diff shows what changed and nothing else.
 */
export function renderYaml(data: Data): string {
  return write(data, { isSorted: true, isQuoted: true });
}

/** A Kubernetes manifest, with its keys in the order given; texts stand in quotes where a reader could be misled. */
export function renderManifest(manifest: object): string {
  return write(manifest as Data, { isSorted: false, isQuoted: false });
}

interface Style {
  readonly isSorted: boolean;
  readonly isQuoted: boolean;
}

/**
 * The only writer of YAML: block style, as Kubernetes and its users write it. What it writes is read back by the
 * library that Argo CD's web UI reads with, and refused where that finds something else.
 */
function write(data: Data, style: Style): string {
  const text = `${node(data, '', style).trimStart()}\n`;
  if (isDeepStrictEqual(read(text), data)) return text;
  throw new PluginError('OUTPUT_INVALID', 'the toolset file would not be read back as it was meant', {
    hint: 'look for unusual keys or characters in overrides.yaml',
  });
}

function read(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

/** A value as it follows its key or dash: after a space, or on the lines below, indented by `indent`. */
function node(data: Data, indent: string, style: Style): string {
  if (Array.isArray(data)) return list(data as readonly Data[], indent, style);
  if (isMap(data)) return map(data, indent, style);
  return ` ${scalar(data as Scalar, indent, style)}`;
}

function list(items: readonly Data[], indent: string, style: Style): string {
  if (items.length === 0) return ' []';
  return items.map((item) => `\n${indent}-${inItem(item, `${indent}  `, style)}`).join('');
}

/** A map or list in a list begins on the line of its dash. */
function inItem(item: Data, indent: string, style: Style): string {
  const text = node(item, indent, style);
  return text.startsWith('\n') ? ` ${text.slice(1 + indent.length)}` : text;
}

function map(data: DataMap, indent: string, style: Style): string {
  const entries = Object.entries(data);
  if (entries.length === 0) return ' {}';
  if (style.isSorted) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, value]) => `\n${indent}${entry(name, value, indent, style)}`).join('');
}

function entry(name: string, value: Data, indent: string, style: Style): string {
  const key = quoted(name, false);
  const below = node(value, `${indent}  `, style);
  return key.length > maxPlainKey ? `? ${key}\n${indent}:${below}` : `${key}:${below}`;
}

type Scalar = string | number | boolean | null;

function scalar(value: Scalar, indent: string, { isQuoted }: Style): string {
  // PyYAML takes 1e-7 for a text: a number with an exponent has to have a dot.
  if (typeof value === 'number') return String(value).replace(/^(-?\d)e/, '$1.0e');
  if (typeof value !== 'string') return String(value);
  return isBlock(value) ? block(value, indent) : quoted(value, isQuoted);
}

/** Whether a literal block can hold the text as it is, so that a diff shows it line by line. */
function isBlock(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- tabs and control characters are what a block must not hold
  return /^[^ \n].*\n/.test(text) && !/[\0-\x09\x0B-\x1F]| $/m.test(text) && text.search(unseen) === -1;
}

function block(text: string, indent: string): string {
  const [, body = '', end = ''] = /^(.*?)(\n*)$/s.exec(text) ?? [];
  const header = ['|-', '|'][end.length] ?? '|+';
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${indent || '  '}${line}`));
  return [header, ...lines].join('\n') + '\n'.repeat(Math.max(end.length - 1, 0));
}

/** In quotes unless no reader could be misled; in single ones what is easier to read so: JSON, above all. */
function quoted(text: string, always: boolean): string {
  if (!always && plain.test(text) && !words.test(text)) return text;
  if (text.includes('"') && /^[ -~]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  // An escape means the same in JSON and in YAML, and keeps the text on its line.
  return JSON.stringify(text).replace(unseen, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
