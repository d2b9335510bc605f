import { load } from 'js-yaml';
import { isDeepStrictEqual } from 'node:util';
import { PluginError } from '../errors.ts';
import type { Data, DataMap } from '../json.ts';
import { getOwn, isMap } from '../json.ts';

/** What no reader takes for anything but a text, apart from `words`. */
const plain = /^[A-Za-z][\w./-]*$/;

/** What stands in double quotes as it is. */
const simple = /^[ !#-[\]-~]*$/;

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
  const out: string[] = [];
  node(data, { indent: '', lead: '' }, style, out);
  const text = `${out.join('').trimStart()}\n`;
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

/** Where a value is to be written. */
interface Indent {
  /** Of its own lines, if it has any. */
  readonly indent: string;
  /** What comes before the first of them. */
  readonly lead: string;
}

/** Writes a value as it follows its key or dash: after a space, or on lines of its own. Pieces, for joins cost time. */
function node(data: Data, spot: Indent, style: Style, out: string[]): void {
  if (Array.isArray(data)) list(data as readonly Data[], spot, style, out);
  else if (isMap(data)) map(data, spot, style, out);
  else out.push(' ', scalar(data as Scalar, spot.indent, style));
}

function list(items: readonly Data[], { indent, lead }: Indent, style: Style, out: string[]): void {
  if (items.length === 0) out.push(' []');
  const [between, deeper] = [`\n${indent}-`, `${indent}  `];
  // A map or list in a list begins on the line of its dash.
  const spot = { indent: deeper, lead: ' ' };
  for (const [index, item] of items.entries()) {
    out.push(index === 0 ? `${lead}-` : between);
    node(item, spot, style, out);
  }
}

function map(data: DataMap, { indent, lead }: Indent, style: Style, out: string[]): void {
  const names = Object.keys(data);
  if (names.length === 0) out.push(' {}');
  if (style.isSorted) names.sort();
  const between = `\n${indent}`;
  const spot = { indent: `${indent}  `, lead: `\n${indent}  ` };
  for (const [index, name] of names.entries()) {
    const key = quoted(name, false);
    out.push(index === 0 ? lead : between, key.length > maxPlainKey ? `? ${key}${between}:` : `${key}:`);
    node(getOwn(data, name) ?? null, spot, style, out);
  }
}

type Scalar = string | number | boolean | null;

function scalar(value: Scalar, indent: string, { isQuoted }: Style): string {
  // PyYAML takes 1e-7 for a text: a number with an exponent has to have a dot.
  if (typeof value === 'number') return String(value).replace(/^(-?\d)e/, '$1.0e');
  if (typeof value !== 'string') return String(value);
  return value.includes('\n') && isBlock(value) ? block(value, indent) : quoted(value, isQuoted);
}

/** Whether a literal block can hold the text as it is, so that a diff shows it line by line. */
function isBlock(text: string): boolean {
  // Tabs and control characters are what a block must not hold: \p{Cc} but for the line feed.
  return /^[^ \n].*\n/.test(text) && !/[^\P{Cc}\n]| $/mu.test(text) && text.search(unseen) === -1;
}

function block(text: string, indent: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') end -= 1;
  const lineEnds = text.length - end;
  const header = ['|-', '|'][lineEnds] ?? '|+';
  const lines = text
    .slice(0, end)
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent || '  '}${line}`));
  return [header, ...lines].join('\n') + '\n'.repeat(Math.max(lineEnds - 1, 0));
}

/** In quotes unless no reader could be misled; in single ones what is easier to read so: JSON, above all. */
function quoted(text: string, always: boolean): string {
  if (always && simple.test(text)) return `"${text}"`;
  if (!always && plain.test(text) && !words.test(text)) return text;
  if (text.includes('"') && /^[ -~]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  // An escape means the same in JSON and in YAML, and keeps the text on its line.
  return JSON.stringify(text).replace(unseen, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
