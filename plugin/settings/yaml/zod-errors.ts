import type * as z from 'zod';
import type { FileProblem } from '../../lib/errors.ts';
import type { YamlFile } from './parse.ts';
import { asObject, getOwn } from '../../lib/json.ts';
import { didYouMean, suggestion } from '../../lib/messages/did-you-mean.ts';
import { typeWordOf, typeWords } from '../../lib/messages/text.ts';

/** Maximum number of unknown keys to search suggestions for, which is slow: a file with more is not just mistyped. */
const maxSuggestions = 100;

/** The issues found by a schema, each with its location, and for an unknown key the most similar known one. */
export function problemsIn(error: z.ZodError, schema: z.ZodType, locate: YamlFile['locate']): FileProblem[] {
  const problems = error.issues.flatMap(problemsOf);
  const reported = new Set<string>();
  return problems.map((problem, index) => {
    const described = describe(problem, index < maxSuggestions ? schema : null, locate);
    // The list of known keys is shown only once.
    if (described.hint?.startsWith(knownPrefix) !== true || !reported.has(described.hint)) {
      reported.add(described.hint ?? '');
      return described;
    }
    const { location, message } = described;
    return { location, message };
  });
}

type Issue = z.core.$ZodIssue;

interface Problem {
  readonly issue: Issue;
  /** One of the issue's unknown keys. */
  readonly key?: string;
}

function problemsOf(issue: Issue): Problem[] {
  const chosen = issue.code === 'invalid_union' ? chosenBranch(issue) : null;
  if (chosen) return chosen.flatMap((one) => problemsOf({ ...one, path: [...issue.path, ...one.path] }));
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ issue, key })) : [{ issue }];
}

/** Among several forms the intended one, by its type; `null` where the value fits none. */
function chosenBranch({ errors }: z.core.$ZodIssueInvalidUnion): Issue[] | null {
  return errors.find((branch) => branch.every(({ path, code }) => path.length > 0 || !isAboutType(code))) ?? null;
}

function isAboutType(code: Issue['code']): boolean {
  return code === 'invalid_type' || code === 'invalid_union';
}

function describe({ issue, key }: Problem, schema: z.ZodType | null, locate: YamlFile['locate']): FileProblem {
  return key === undefined ? valueProblem(issue, schema, locate) : keyProblem(key, issue.path, schema, locate);
}

function valueProblem(issue: Issue, schema: z.ZodType | null, locate: YamlFile['locate']): FileProblem {
  const { path, input } = issue;
  const { message, suggested, hint = suggested } = describeIssue(issue);
  const problem = { location: locate(path), message: `${nameOf(path)}: ${message}` };
  const on = switchOf(input);
  if (on !== null && schema && knownKeys(schema, path).includes('enabled'))
    return { ...problem, hint: `write {enabled: ${String(on)}}` };
  return hint === undefined ? problem : { ...problem, hint };
}

function keyProblem(
  key: string,
  path: readonly PropertyKey[],
  schema: z.ZodType | null,
  locate: YamlFile['locate'],
): FileProblem {
  const known = schema ? knownKeys(schema, path) : [];
  // Another form of the value may have the key: a JSON Patch operation other than this one.
  const isOfOther = known.includes(key);
  const nearest = isOfOther ? '' : suggestion(key, known, JSON.stringify);
  const message = `${nameOf(path)}: unknown key ${JSON.stringify(key)}${nearest}`;
  const problem = { location: locate([...path, key], 'key'), message };
  if (nearest !== '') return problem;
  const hint = isOfOther ? 'remove it here' : schema && elsewhere(key, known, schema, path);
  return hint === null ? problem : { ...problem, hint };
}

/** The meaning of a switch, including the words of YAML 1.1; `null` for any other value. */
function switchOf(input: unknown): boolean | null {
  if (typeof input === 'boolean') return input;
  if (typeof input !== 'string' || !/^(?:on|yes|off|no)$/i.test(input)) return null;
  return /^(?:on|yes)$/i.test(input);
}

const knownPrefix = 'known are ';

/** Maximum number of known keys in a hint. */
const maxListed = 12;

/** Where an unknown key belongs if no known one is similar: below `spec`, or below one of the known keys. */
function elsewhere(
  key: string,
  known: readonly string[],
  schema: z.ZodType,
  path: readonly PropertyKey[],
): string | null {
  if (known.includes('matchLabels')) return `labels go below matchLabels: {matchLabels: {${key}: …}}`;
  if (path.length === 0 && knownKeys(schema, ['spec']).includes(key)) return `move it below spec`;
  if (path.length === 0 && /^(?:toolsets|mcp_servers)$/.test(key)) return 'move it to overrides.yaml';
  return known.length > 0 && known.length <= maxListed ? `${knownPrefix}${known.join(', ')}` : null;
}

/** What is wrong with a value, in the terms of YAML. */
interface IssueText {
  readonly message: string;
  /** The allowed value that was probably meant. */
  readonly suggested?: string;
  /** How to write it in YAML. */
  readonly hint?: string;
}

export function describeIssue(issue: Issue): IssueText {
  if (issue.code === 'invalid_type') return wrongType(issue);
  if (issue.code === 'invalid_value' && /^Invalid (?:option|input)/.test(issue.message))
    return oneOf(issue.values.map(String), issue.input, issue.path.at(-1));
  const { options, discriminator = '' } = issue as Discriminated;
  if (options) return oneOf(options.map(String), getOwn(asObject(issue.input), discriminator));
  if (issue.code === 'invalid_union' && issue.input === undefined) return { message: 'is missing', hint: 'add it' };
  if (issue.code === 'too_big') return { message: boundOf(issue, 'too big: expected at most', issue.maximum) };
  if (issue.code === 'too_small') return { message: boundOf(issue, 'too small: expected at least', issue.minimum) };
  return { message: sentence(issue) };
}

const units: Readonly<Record<string, string>> = { array: 'items', string: 'characters' };

function boundOf(issue: Issue & { readonly origin: string }, expected: string, bound: number | bigint): string {
  if (!/^Too (?:big|small): expected (?:array|string|number|int) /.test(issue.message)) return sentence(issue);
  const unit = getOwn(units, issue.origin);
  const counted = unit !== undefined && Number(bound) === 1 ? unit.replace(/s$/, '') : unit;
  return [expected, String(bound), counted].filter((part) => part !== undefined).join(' ');
}

/** A union whose forms are told apart by one key, with that key's values. Zod's types lack it. */
interface Discriminated {
  readonly options?: readonly unknown[];
  readonly discriminator?: string;
}

function oneOf(allowed: readonly string[], input: unknown, key?: PropertyKey): IssueText {
  const message = `${input === undefined ? 'is missing' : 'invalid value'}: expected ${listed(allowed)}`;
  const [only = '', ...others] = allowed;
  if (others.length === 0)
    return { message, hint: `write ${input === undefined && typeof key === 'string' ? `${key}: ` : ''}${only}` };
  const suggested = typeof input === 'string' ? didYouMean(input, allowed) : null;
  return suggested === null ? { message } : { message, suggested };
}

/** By zod's names of types. */
const words: Readonly<Record<string, string>> = {
  ...typeWords,
  int: 'a whole number',
  array: typeWords.list,
  object: typeWords.map,
  record: typeWords.map,
};

function wrongType(issue: Extract<Issue, { readonly code: 'invalid_type' }>): IssueText {
  const { expected, input, path } = issue;
  const wanted = getOwn(words, expected);
  // A schema with its own message tells what it expects.
  if (wanted === undefined || !issue.message.startsWith('Invalid input')) return { message: sentence(issue) };
  if (input === undefined) return { message: `is missing: expected ${wanted}`, hint: `add it as ${wanted}` };
  const actual = expected === 'int' && typeof input === 'number' ? 'a fraction' : typeWordOf(input);
  const message = `invalid value: expected ${wanted}, not ${actual}`;
  // The number may be a password, so it is not repeated.
  const hint =
    path.includes('credentials') && expected === 'string' ? 'write it in quotes' : howToWrite(expected, input);
  return hint === null ? { message } : { message, hint };
}

/** A value that may be repeated in a hint: short, and not possibly a secret. */
const plain = /^[a-z0-9.*-]{1,63}$/;

function howToWrite(expected: string, input: unknown): string | null {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean'))
    return `write it in quotes: "${String(input)}"`;
  if (expected === 'string') return 'write one value, without keys or dashes';
  if (expected === 'number' || expected === 'int') return 'write just the number, without quotes or unit';
  if (expected === 'array' && typeof input === 'string' && plain.test(input)) return `write it as a list: [${input}]`;
  if (expected === 'array') return 'write it as a list: each item after a dash';
  if (expected === 'boolean') return 'write true or false, without quotes';
  return 'write it as a map: its keys on the lines below, indented further';
}

/** `a, b or c`. */
function listed(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length > 1 ? `${values.slice(0, -1).join(', ')} or ${last}` : JSON.stringify(last);
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.join('.') || 'the file';
}

function sentence(issue: Issue): string {
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

/** The keys that the schema has at a path, through defaults, arrays and records; for a union, those of all forms. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let forms = formsOf(schema);
  for (const step of path)
    forms = forms.flatMap(({ shape, element, values }) =>
      formsOf(shape ? getOwn(shape, String(step)) : (element ?? values)),
    );
  return forms.flatMap(({ shape }) => Object.keys(shape ?? {}));
}

interface Inner {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  /** Schema of the values of a record. */
  readonly values?: unknown;
}

function formsOf(schema: unknown): Inner[] {
  if (schema === undefined) return [];
  const { def, shape, element } = schema as Inner & {
    readonly def?: {
      readonly innerType?: unknown;
      readonly in?: unknown;
      readonly options?: readonly unknown[];
      readonly valueType?: unknown;
    };
  };
  const inner = def?.innerType ?? def?.in;
  if (inner !== undefined) return formsOf(inner);
  if (def?.options) return def.options.flatMap(formsOf);
  return [{ ...(shape ? { shape } : {}), element, values: def?.valueType }];
}
