import type * as z from 'zod';
import type { FileProblem } from '../../lib/errors.ts';
import type { YamlFile } from './parse.ts';
import { didYouMean } from '../../lib/text.ts';
import { getOwn } from '../../lib/json.ts';

/** Unknown keys for which a similar one is searched, which is slow: a file with more is not mistyped. */
const maxSuggestions = 100;

/** The issues that a schema found, each with its location; an unknown key with the most similar known one. */
export function problemsIn(error: z.ZodError, schema: z.ZodType, locate: YamlFile['locate']): FileProblem[] {
  const problems = error.issues.flatMap(problemsOf);
  return problems.map((problem, index) => describe(problem, index < maxSuggestions ? schema : null, locate));
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
  if (key === undefined) return { location: locate(issue.path, 'value'), message: `${where}: ${sentence(issue)}` };
  const meant = schema && didYouMean(key, knownKeys(schema, issue.path));
  const hint = meant === null ? '' : `, did you mean ${JSON.stringify(meant)}?`;
  return {
    location: locate([...issue.path, key], 'key'),
    message: `${where}: unknown key ${JSON.stringify(key)}${hint}`,
  };
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.join('.') || 'the file';
}

function sentence(issue: Issue): string {
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
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
