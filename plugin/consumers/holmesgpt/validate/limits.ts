import { hasRandomWord } from '../../../secrets/entropy.ts';
import { tokenFormatOf } from '../../../secrets/token-formats.ts';
import type { Data, DataMap, Path } from '../../../lib/json.ts';
import { getOwn, isList } from '../../../lib/json.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import type { Limits } from '../limits.ts';
import { didYouMeanKey } from './value-types.ts';

/** Problems of a value of the right type. A string with `{{` is skipped: HolmesGPT fills it in later. */
export function limitIssues(value: Data, limits: Limits, path: Path, holmes: string): ConsumerIssue[] {
  if (isList(value)) return value.flatMap((one, index) => limitIssues(one, limits, [...path, index], holmes));
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  if (typeof value === 'string' && value.includes('{{')) return [];
  const wanted = typeof value === 'string' ? expectedText(value, limits) : null;
  const found = wanted ?? expectedNumber(value, limits);
  return found === null ? [] : [refused(path, value, found, holmes)];
}

interface Expectation {
  readonly what: string;
  readonly hint: string;
}

function expectedText(value: string, { enum: known, format, filled }: Limits): Expectation | null {
  if (known && !known.includes(value))
    return { what: known.join(', '), hint: didYouMeanKey(value, known) ?? `take ${known.join(', ')}` };
  if (format !== undefined && !formats[format].isValid(value)) return formats[format];
  if (filled && value === '') return { what: 'a string that is not empty', hint: 'write one, or remove the key' };
  return null;
}

const formats: Readonly<
  Record<NonNullable<Limits['format']>, Expectation & { readonly isValid: (text: string) => boolean }>
> = {
  // Needs a host and a scheme that HolmesGPT supports.
  url: {
    isValid: (text) => /^\s*https?:\/\/[^\s/?#:]/i.test(text),
    what: 'a URL such as http://host:port',
    hint: 'write it with its scheme: http:// or https://, then the host',
  },
  host: {
    isValid: isHostPattern,
    what: 'a host name, host:port or an origin, with *. at most in front',
    hint: 'write one such as *.example.com or https://api.example.com:8443',
  },
  database: {
    // HolmesGPT derives the driver from a part of the scheme for these; the last two have to be the scheme itself.
    isValid: (text) =>
      /^(([\w+.-]*(postgres|mysql|mariadb|mssql)[\w+.-]*)|(sqlite|clickhouse)(\+\w+)?):\/\//.test(text),
    what: 'a URL of a database such as postgresql://user:password@host:5432/name',
    hint: 'it takes postgresql, mysql, mariadb, mssql, sqlite and clickhouse, in lower case',
  },
  digits: {
    isValid: (text) => /^\s*[-+]?\d+(_\d+)*\s*$/.test(text),
    what: 'a number, in quotes',
    hint: 'write digits alone',
  },
  // An empty value is not passed to the driver.
  'kafka-protocol': {
    isValid: (text) => /^\s*((sasl_)?(plaintext|ssl))?$/i.test(text),
    what: 'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL',
    hint: 'use one of them, or remove the key',
  },
  mongodb: {
    // Text without a scheme counts as a host.
    isValid: (text) => /^mongodb(\+srv)?:\/\//.test(text) || (text !== '' && !text.includes('://')),
    what: 'a URL that begins with mongodb:// or mongodb+srv://',
    hint: 'write it with that scheme',
  },
};

/** As HolmesGPT parses it: optional scheme and port, a wildcard only at the start; the rest is ignored. */
function isHostPattern(text: string): boolean {
  const [before, after] = cutAt(text.trim(), '://');
  if (after !== null && !/^https?$/i.test(before)) return false;
  const [authority = ''] = (after ?? before).split(/[/?#]/, 1);
  const [host, port] = hostAndPort(authority.slice(authority.lastIndexOf('@') + 1));
  const isHost = host !== '' && (!host.includes('*') || host.startsWith('*.'));
  return isHost && (port === null || port === '*' || isPort(port));
}

/** More than one colon means an IPv6 host, where a port is only possible after brackets. */
function hostAndPort(authority: string): readonly [host: string, port: string | null] {
  if (authority.startsWith('[')) {
    const [host, rest] = cutAt(authority.slice(1), ']');
    if (rest === null || (rest !== '' && !rest.startsWith(':'))) return ['', null];
    return [host, rest === '' ? null : rest.slice(1)];
  }
  return authority.split(':', 3).length === 2 ? cutAt(authority, ':') : [authority, null];
}

/** The text before the first separator, and after it. */
function cutAt(text: string, separator: string): readonly [before: string, after: string | null] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** A whole number in Python's syntax. */
function isPort(text: string): boolean {
  const number = /^\s*\+?\d+(_\d+)*\s*$/.test(text) ? Number(text.replaceAll('_', '')) : 0;
  return number >= 1 && number <= 65_535;
}

function expectedNumber(value: string | number, { integer, min, max, above }: Limits): Expectation | null {
  const number = typeof value === 'number' ? value : Number(value.replaceAll('_', ''));
  if (typeof value === 'string' && (value.trim() === '' || !(integer || isRange(min, max, above)))) return null;
  const least = min ?? (integer && above !== undefined ? above + 1 : undefined);
  const isWhole = !integer || (typeof value === 'string' ? wholeText.test(value) : Number.isInteger(number));
  const isOutside = number < (least ?? -Infinity) || number > (max ?? Infinity) || number <= (above ?? -Infinity);
  if (isWhole && !isOutside) return null;
  const range = rangeText(least, max, above);
  return {
    what: [integer ? 'a whole number' : 'a number', ...range].join(' '),
    hint: isWhole ? 'take one of that range, or remove the key' : 'write it without a fraction',
  };
}

/** A whole number in Python's syntax. */
const wholeText = /^\s*[-+]?\d+(_\d+)*(\.0+)?\s*$/;

function isRange(...bounds: readonly (number | undefined)[]): boolean {
  return bounds.some((bound) => bound !== undefined);
}

function rangeText(min: number | undefined, max: number | undefined, above: number | undefined): string[] {
  if (min !== undefined && max !== undefined) return [`from ${String(min)} to ${String(max)}`];
  if (min !== undefined) return [`from ${String(min)} on`];
  if (max !== undefined) return [`up to ${String(max)}`];
  return above === undefined ? [] : [`above ${String(above)}`];
}

function refused(path: Path, value: string | number, { what, hint }: Expectation, holmes: string): ConsumerIssue {
  const message = `${holmes} fails it: invalid ${path.join('.')}${shown(value)}: expected ${what}`;
  return { path, part: 'value', effect: 'rejected', message, hint };
}

/** The value after a space; empty for what may be a misplaced secret. */
function shown(value: string | number): string {
  const isSecret =
    typeof value === 'string' && (tokenFormatOf(value) !== null || hasRandomWord(value) || value.includes('@'));
  return isSecret ? '' : ` ${JSON.stringify(value)}`;
}

/** Keys that require or exclude each other. */
export function pairIssues(
  map: DataMap,
  { needs = {}, excludes = [] }: Limits,
  path: Path,
  holmes: string,
): ConsumerIssue[] {
  const isSet = (key: string): boolean => !isEmptyValue(getOwn(map, key));
  const alone = Object.entries(needs).filter(([key, other]) => isSet(key) && !isSet(other));
  const [both] = excludes.filter((pair) => pair.every(isSet));
  return [
    ...alone.map(([key, other]) => withoutPartner(key, other, path, holmes)),
    ...(both ? [notTogether(both, path, holmes)] : []),
  ];
}

/** Whether a value does not count as set for a key that another one requires. */
export function isEmptyValue(value: Data | undefined): boolean {
  return value === undefined || value === null || value === '';
}

function withoutPartner(key: string, other: string, path: Path, holmes: string): ConsumerIssue {
  return {
    path: [...path, key],
    part: 'key',
    effect: 'incomplete',
    missing: other,
    isPair: true,
    message: `${holmes} fails it: ${key} without ${other}`,
    hint: `add ${other}, or remove ${key}`,
  };
}

function notTogether([key, other]: readonly [string, string], path: Path, holmes: string): ConsumerIssue {
  return {
    path: [...path, key],
    part: 'key',
    effect: 'rejected',
    message: `${holmes} fails it: ${key} and ${other} exclude each other`,
    hint: 'keep one of the two ways to log in',
  };
}
