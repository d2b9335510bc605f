import type * as z from 'zod';
import type { FileProblem } from '../../lib/errors.ts';
import type { YamlFile } from './parse.ts';
import { didYouMean } from '../../lib/text.ts';
import { getOwn } from '../../lib/json.ts';
import { listedKeys, textOf } from './issue-text.ts';

/** Unknown keys for which a similar one is searched, which is slow: a file with more is not mistyped. */
const maxSuggestions = 100;

/** The issues that a schema found, each with its location, in the order of lines; an unknown key with the most similar known one. */
export function problemsIn(error: z.ZodError, schema: z.ZodType, locate: YamlFile['locate']): FileProblem[] {
  const problems = error.issues
    .flatMap(problemsOf)
    .map((problem, index) => describe(problem, index < maxSuggestions ? schema : null, locate))
    .sort((one, other) => one.location.line - other.location.line || one.location.column - other.location.column);
  const told = new Set<string>();
  return problems.map((described) => {
    // Which keys there are is said once.
    if (described.hint?.startsWith(knownAre) !== true || !told.has(described.hint)) {
      told.add(described.hint ?? '');
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

/** Of several forms the one that was meant, by its type; `null` where the value has none of them. */
function chosenBranch({ errors }: z.core.$ZodIssueInvalidUnion): Issue[] | null {
  return errors.find((branch) => branch.every(({ path, code }) => path.length > 0 || !isAboutType(code))) ?? null;
}

function isAboutType(code: Issue['code']): boolean {
  return code === 'invalid_type' || code === 'invalid_union';
}

function describe({ issue, key }: Problem, schema: z.ZodType | null, locate: YamlFile['locate']): FileProblem {
  const where = nameOf(issue.path);
  if (key === undefined) {
    const known = schema ? knownKeys(schema, issue.path) : [];
    const { message, hint } = textOf(issue, known);
    const isSwitch = typeof issue.input === 'boolean' && known.includes('enabled');
    const remedy = isSwitch ? `write {enabled: ${String(issue.input)}}` : hint;
    return { location: locate(issue.path), message: `${where}: ${message}`, ...(remedy ? { hint: remedy } : {}) };
  }
  const known = schema ? knownKeys(schema, issue.path) : [];
  const meant = didYouMean(key, known);
  const location = locate([...issue.path, key], 'key');
  const message = `${where}: unknown key ${JSON.stringify(key)}`;
  if (meant !== null) return { location, message: `${message}, did you mean ${JSON.stringify(meant)}?` };
  const hint = schema ? elsewhere(key, known, schema, issue.path) : null;
  return { location, message, ...(hint === null ? {} : { hint }) };
}

const knownAre = 'known keys: ';

/** Where an unknown key that is similar to none belongs: below `spec`, or below the keys that there are. */
function elsewhere(
  key: string,
  known: readonly string[],
  schema: z.ZodType,
  path: readonly PropertyKey[],
): string | null {
  if (known.includes('matchLabels')) return `labels stand below matchLabels: {matchLabels: {${key}: …}}`;
  if (path.length === 0 && knownKeys(schema, ['spec']).includes(key)) return `move it below spec`;
  const keys = listedKeys(known);
  return keys === null ? null : `${knownAre}${keys}`;
}

/** `spec.customDetectors[0].id`, as Kubernetes writes it. */
function nameOf(path: readonly PropertyKey[]): string {
  const name = path.map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`)).join('');
  return name.replace(/^\./, '') || 'the file';
}

/** The keys that the schema has at a path, through defaults, arrays and records; those of each form of a union. */
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
