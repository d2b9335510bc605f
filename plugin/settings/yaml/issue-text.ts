import type * as z from 'zod';
import { didYouMean } from '../../lib/text.ts';
import { asObject, getOwn } from '../../lib/json.ts';

type Issue = z.core.$ZodIssue;

/** What a schema's issue says, apart from where. */
export interface IssueText {
  readonly message: string;
  readonly hint?: string;
}

/** Keys that a hint lists. */
const maxListed = 12;

/** The keys that there are, for a hint; `null` where they are too many, or none. */
export function listedKeys(known: readonly string[]): string | null {
  return known.length > 0 && known.length <= maxListed ? known.join(', ') : null;
}

/** What is wrong with a value, in the words of YAML, and how it is written; `known` are the keys of the map that it should be. */
export function textOf(issue: Issue, known: readonly string[] = []): IssueText {
  if (issue.code === 'invalid_type') return wrongType(issue, known);
  if (issue.code === 'invalid_value' && /^Invalid (?:option|input)/.test(issue.message))
    return oneOf(issue.values.map(String), issue.input);
  const { options, discriminator = '' } = issue as Discriminated;
  if (options) return oneOf(options.map(String), getOwn(asObject(issue.input), discriminator));
  if (issue.code === 'invalid_union' && issue.input === undefined) return { message: 'is missing', hint: 'add it' };
  if (issue.code === 'too_big') return { message: boundOf(issue, 'too big: expected at most', issue.maximum) };
  if (issue.code === 'too_small') return { message: boundOf(issue, 'too small: expected at least', issue.minimum) };
  return { message: sentence(issue) };
}

const units: Readonly<Record<string, string>> = { array: 'item', string: 'character' };

function boundOf(issue: Issue & { readonly origin: string }, expected: string, bound: number | bigint): string {
  if (!/^Too (?:big|small): expected (?:array|string|number|int) /.test(issue.message)) return sentence(issue);
  const unit = getOwn(units, issue.origin);
  return `${expected} ${String(bound)}${unit === undefined ? '' : ` ${unit}${Number(bound) === 1 ? '' : 's'}`}`;
}

/** A union whose forms a key tells apart: the values of that key. Zod's types lack it. */
interface Discriminated {
  readonly options?: readonly unknown[];
  readonly discriminator?: string;
}

function oneOf(allowed: readonly string[], input: unknown): IssueText {
  const message = `invalid value: expected ${listed(allowed)}`;
  const meant = typeof input === 'string' && allowed.length > 1 ? didYouMean(input, allowed) : null;
  const [only] = allowed.length === 1 ? allowed : [];
  const hint = meant === null ? only && `write ${only}` : `did you mean ${JSON.stringify(meant)}?`;
  return hint === undefined ? { message } : { message, hint };
}

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function wrongType(issue: Extract<Issue, { readonly code: 'invalid_type' }>, known: readonly string[]): IssueText {
  const { expected, input, path } = issue;
  const wanted = getOwn(words, expected);
  // A schema with a message of its own says what it expects.
  if (wanted === undefined || !issue.message.startsWith('Invalid input')) return { message: sentence(issue) };
  if (input === undefined) return { message: `is missing: expected ${wanted}`, hint: `add it as ${asMap(wanted, known)}` };
  const actual = expected === 'int' && typeof input === 'number' ? 'a fraction' : typeWord(input);
  const message = `invalid value: expected ${wanted}, not ${actual}`;
  // A number may be a password.
  const hint =
    path.includes('credentials') && expected === 'string' ? 'write it in quotes' : howToWrite(expected, input, known);
  return hint === null ? { message } : { message, hint };
}

function typeWord(input: unknown): string {
  if (typeof input === 'boolean') return String(input);
  if (input === null) return 'null';
  const type = Array.isArray(input) ? 'array' : typeof input;
  return getOwn(words, type) ?? type;
}

/** A value that may be repeated in a hint: short, and no text that could be a secret. */
const plain = /^[a-z0-9.*-]{1,63}$/;

function howToWrite(expected: string, input: unknown, known: readonly string[]): string | null {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean'))
    return `write it in quotes: "${String(input)}"`;
  if (expected === 'int' && typeof input === 'number') return 'write a whole number';
  if (expected === 'number' || expected === 'int') return 'write the number alone, without quotes and unit';
  if (expected === 'array' && typeof input === 'string' && plain.test(input)) return `write it as a list: [${input}]`;
  if (expected === 'array') return 'write it as a list: each item after a dash';
  if (expected === 'boolean') return 'write true or false, without quotes';
  const keys = listedKeys(known);
  if (keys !== null) return `write it as ${asMap('a map', known)}`;
  return 'write it as a map: its keys in lines below it, further to the right';
}

/** `a map of KEYS`. */
function asMap(wanted: string, known: readonly string[]): string {
  const keys = wanted === 'a map' ? listedKeys(known) : null;
  return keys === null ? wanted : `${wanted} of ${keys}`;
}

/** `a, b or c`. */
function listed(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length > 1 ? `${values.slice(0, -1).join(', ')} or ${last}` : JSON.stringify(last);
}

function sentence(issue: Issue): string {
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}
