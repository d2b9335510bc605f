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
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ issue, key })) : [{ issue }];
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

/** The keys that the schema has at a path, through defaults and arrays. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let inner = schema;
  for (const step of path) {
    const { shape, element } = unwrap(inner);
    inner = shape ? getOwn(shape, String(step)) : element;
  }
  return Object.keys(unwrap(inner).shape ?? {});
}

interface Inner {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
}

function unwrap(schema: unknown): Inner {
  const { def, shape, element } = schema as Inner & {
    readonly def?: { readonly innerType?: unknown; readonly in?: unknown };
  };
  const inner = def?.innerType ?? def?.in;
  if (inner !== undefined) return unwrap(inner);
  return { ...(shape ? { shape } : {}), element };
}
