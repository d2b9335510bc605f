import { load } from 'js-yaml';
import { isDeepStrictEqual } from 'node:util';
import { PluginError } from '../errors.ts';
import { escaped } from '../messages/text.ts';
import type { Data, DataMap } from '../json.ts';
import { getOwn, isList, isMap } from '../json.ts';

/** Text that every reader takes for a string, apart from `words`. */
const plain = /^[A-Za-z][\w./-]*$/;

/** Text that needs no escapes in double quotes. */
const simple = /^[ !#-[\]-~]*$/;

/** Words that YAML 1.1 or 1.2 does not read as strings. */
const words = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Characters that PyYAML refuses or treats as line breaks, and invisible ones. */
const invisible = /[\u007F-\u00A0\u00AD\u200B-\u200F\u2028-\u202F\u2060-\u206F\uFEFF\uFFFE\uFFFF]/g;

/** PyYAML only reads keys of more than 1024 characters with a question mark. */
const maxPlainKey = 1_000;

/**
 * Writes the consumer's file. HolmesGPT reads YAML 1.1, Argo CD 1.2: strings are quoted, so that both read the same.
 * Sorted keys, LF and unfolded lines keep Argo CD's line diff to the actual changes.
 */
export function renderYaml(data: Data): string {
  return write(data, { isSorted: true, isQuoted: true });
}

/** Writes a Kubernetes manifest, keys in the order given; strings are quoted where a reader could misread them. */
export function renderManifest(manifest: object): string {
  return write(manifest as Data, { isSorted: false, isQuoted: false });
}

interface Style {
  readonly isSorted: boolean;
  readonly isQuoted: boolean;
}

/**
 * The only writer of YAML: block style, as usual for Kubernetes. The output is parsed again by the library of Argo CD's
 * web UI, and refused if the result differs.
 */
function write(data: Data, style: Style): string {
  const out: string[] = [];
  node(data, { indent: '', lead: '' }, style, out);
  const text = `${out.join('').trimStart()}\n`;
  if (isDeepStrictEqual(read(text), data)) return text;
  throw new PluginError('OUTPUT_INVALID', 'the toolset file would not be read back with the same values', {
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

/** Position at which a value is written. */
interface Indent {
  /** Indentation of the value's own lines, if any. */
  readonly indent: string;
  /** Text before the first of them. */
  readonly lead: string;
}

/**
 * Writes a value after its key or dash: after a space, or on lines of its own. Collects pieces,
 * because joining costs time.
 */
function node(data: Data, spot: Indent, style: Style, out: string[]): void {
  if (isList(data)) list(data, spot, style, out);
  else if (isMap(data)) map(data, spot, style, out);
  else out.push(' ', scalar(data, spot.indent, style));
}

function list(items: readonly Data[], { indent, lead }: Indent, style: Style, out: string[]): void {
  if (items.length === 0) out.push(' []');
  const [between, deeper] = [`\n${indent}-`, `${indent}  `];
  // A map or list within a list starts on the line of its dash.
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
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'string') return String(value);
  return value.includes('\n') && isBlock(value) ? block(value, indent) : quoted(value, isQuoted);
}

/** JavaScript's words for numbers that YAML writes in another way; all but the first occur in live files alone. */
const numbers = new Map([
  ['-0', '-0.0'],
  ['Infinity', '.inf'],
  ['-Infinity', '-.inf'],
  ['NaN', '.nan'],
]);

function number(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  // PyYAML reads 1e-7 as a string: a number with an exponent needs a dot.
  return numbers.get(text) ?? text.replace(/^(-?\d)e/, '$1.0e');
}

/** Whether a literal block can hold the text unchanged, so that a diff shows it line by line. */
function isBlock(text: string): boolean {
  // A block must not contain tabs or control characters: \p{Cc} except for the line feed.
  return /^[^ \n].*\n/.test(text) && !/[^\P{Cc}\n]| $/mu.test(text) && text.search(invisible) === -1;
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

/** Quotes the text unless no reader could misread it; in single quotes where that is easier to read, as for JSON. */
function quoted(text: string, always: boolean): string {
  if (always && simple.test(text)) return `"${text}"`;
  if (!always && plain.test(text) && !words.test(text)) return text;
  if (text.includes('"') && /^[ -~]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  // An escape means the same in JSON and YAML, and keeps the text on one line.
  return JSON.stringify(text).replace(invisible, escaped);
}
