import { isPair, isScalar, visit } from 'yaml';
import type { Scalar } from 'yaml';
import type { FileDiagnostic } from '../../lib/diagnostic.ts';
import { clipped } from '../../lib/messages/text.ts';
import type { YamlFile } from './parse.ts';

/** PyYAML's reading of a plain scalar; `refused` where it fails the whole file. */
export type PyYamlReading =
  | { readonly kind: 'null'; readonly value: null }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text' | 'date' | 'refused'; readonly value: string };

/**
 * Every plain scalar that YAML 1.2 (this program) and YAML 1.1 (PyYAML in HolmesGPT) read differently. The output is
 * never ambiguous, but a line copied between the files in Git and HolmesGPT's own may be. With `below`, only scalars
 * below one of these keys are checked: the rest of the file is only for this program.
 */
export function yaml11Ambiguities(file: YamlFile, below?: ReadonlySet<string>): readonly FileDiagnostic[] {
  const findings: FileDiagnostic[] = [];
  visit(file.document, {
    Scalar(key, node, path) {
      if (below && !path.some((one) => isPair(one) && isScalar(one.key) && below.has(String(one.key.value)))) return;
      if (node.type !== 'PLAIN' || node.tag !== undefined) return;
      const text = node.source ?? '';
      const pyYaml = readAsPyYaml(text);
      if (pyYaml.kind === kindOf(node.value) && pyYaml.value === node.value) return;
      findings.push({
        code: 'YAML_AMBIGUOUS',
        severity: 'warning',
        location: file.placeAt(node.range?.[0] ?? 0),
        message: `${shown(text)} is ${meaning(node.value)} here, and ${pyYamlMeaning(pyYaml)}`,
        // A key is always a string here: other keys are refused.
        hint: key === 'key' ? `write "${shown(text)}" in quotes` : hint(text, node, pyYaml),
      });
    },
  });
  return findings;
}

/** PyYAML's `safe_load` of a plain scalar. */
export function readAsPyYaml(text: string): PyYamlReading {
  const type = types.find(({ pattern }) => pattern.test(text));
  return type ? type.read(text) : { kind: 'text', value: text };
}

interface Type {
  readonly pattern: RegExp;
  readonly read: (text: string) => PyYamlReading;
}

/** PyYAML's implicit types. They are mutually exclusive, so their order does not matter. */
const types: readonly Type[] = [
  { pattern: /^(?:~|null|Null|NULL|)$/, read: () => ({ kind: 'null', value: null }) },
  { pattern: /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, read: () => ({ kind: 'boolean', value: true }) },
  { pattern: /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, read: () => ({ kind: 'boolean', value: false }) },
  { pattern: /^[-+]?0b[01_]+$/, read: (text) => integer(text, '0b', 2) },
  { pattern: /^[-+]?0x[0-9a-fA-F_]+$/, read: (text) => integer(text, '0x', 2) },
  { pattern: /^[-+]?0[0-7_]*$/, read: (text) => integer(text, '0o0', 1) },
  { pattern: /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])*$/, read: sexagesimalInteger },
  // The exponent needs a sign; a number that starts with a dot has none.
  { pattern: /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$/, read: float },
  { pattern: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/, read: sexagesimalFloat },
  { pattern: /^[-+]?\.(?:inf|Inf|INF)$/, read: (text) => number(text.startsWith('-') ? -Infinity : Infinity) },
  { pattern: /^\.(?:nan|NaN|NAN)$/, read: () => number(NaN) },
  { pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, read: date },
  {
    pattern:
      /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$/,
    read: date,
  },
  // Merge key and default value of YAML 1.1, which safe_load cannot construct.
  { pattern: /^(?:<<|=)$/, read: refused },
];

/** Python's limit for decimal digits of an integer (sys.set_int_max_str_digits); it bounds the work here as well. */
const maxDigits = 4300;

function number(value: number): PyYamlReading {
  return { kind: 'number', value };
}

function refused(text: string): PyYamlReading {
  return { kind: 'refused', value: text };
}

/** The sign, and the number without sign and underscores. */
function partsOf(text: string): { readonly sign: 1 | -1; readonly digits: string } {
  return { sign: text.startsWith('-') ? -1 : 1, digits: text.replace(/^[-+]/, '').replaceAll('_', '') };
}

/** Reads the digits after the first `skipped` characters with JavaScript's `prefix` for their base. */
function integer(text: string, prefix: string, skipped: number): PyYamlReading {
  const { sign, digits } = partsOf(text);
  const value = Number(prefix + digits.slice(skipped));
  return Number.isNaN(value) ? refused(text) : number(sign * value);
}

function sexagesimalInteger(text: string): PyYamlReading {
  const { sign, digits } = partsOf(text);
  const [first = '', ...rest] = digits.split(':');
  if (first.length > maxDigits) return refused(text);
  if (rest.length > maxPower) return number(sign * Infinity);
  return number(sign * Number(rest.reduce((sum, part) => sum * 60n + BigInt(part), BigInt(first))));
}

/** The highest power of 60 that is a finite number. */
const maxPower = 173;

function float(text: string): PyYamlReading {
  const { sign, digits } = partsOf(text);
  return number(sign * Number(digits));
}

/** Adds in Python's order, because floats are rounded at each step. */
function sexagesimalFloat(text: string): PyYamlReading {
  const { sign, digits } = partsOf(text);
  const parts = digits.split(':').reverse();
  if (parts.length - 1 > maxPower) return refused(text);
  const value = parts.reduce((sum, part, power) => sum + Number(part) * Number(60n ** BigInt(power)), 0);
  return number(sign * value);
}

/** PyYAML fails on a day, an hour or a zone that does not exist. */
function date(text: string): PyYamlReading {
  const parts = /^(\d+)-(\d+)-(\d+)(?:[Tt \t]+(\d+):(\d+):(\d+)(?:\.[.\d]*)?[ \t]*(?:Z|[-+](\d+)(?::(\d+))?)?)?$/.exec(
    text,
  );
  const numbers = (parts ?? []).slice(1).map((part: string | undefined) => Number(part ?? 0));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHours = 0, zoneMinutes = 0] = numbers;
  // Date.UTC maps years below 100 to 1900 and later; the calendar repeats every 400 years.
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDay = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
  const isTime = hour <= 23 && minute <= 59 && second <= 59 && zoneHours * 60 + zoneMinutes < 24 * 60;
  return isDay && isTime ? { kind: 'date', value: text } : refused(text);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'string' ? 'text' : typeof value;
}

function meaning(value: unknown): string {
  if (typeof value === 'string') return `the text "${shown(value)}"`;
  return typeof value === 'number' ? `the number ${value}` : String(value);
}

function pyYamlMeaning({ kind, value }: PyYamlReading): string {
  if (kind === 'refused') return 'refused by HolmesGPT';
  return `${kind === 'date' ? 'a date' : meaning(value)} to HolmesGPT`;
}

function hint(text: string, node: Scalar, pyYaml: PyYamlReading): string {
  const values = [pyYaml.value, node.value].filter(isPlain).map(written);
  return `write ${values.join(' or ')}${values.length > 0 ? ', or ' : ''}"${shown(text)}" in quotes`;
}

/** Whether it can be written without quotes: large integers would lose digits, and infinity is refused. */
function isPlain(value: unknown): value is number | boolean | null {
  if (typeof value === 'number') return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return typeof value !== 'string';
}

/** The form that both read alike: PyYAML reads an exponent without a dot as a string. */
function written(value: number | boolean | null): string {
  return String(value).replace(/^(-?\d+)e/, '$1.0e');
}

/** Cut to 60 characters, because a number can be as long as the file. */
function shown(text: string): string {
  return clipped(text, 60);
}
