import type * as z from 'zod';
import { PluginError } from '../errors.ts';
import type { YamlFile } from './document.ts';
import { parseYamlFile } from './document.ts';
import { readGitFile } from './file.ts';
import { ToolsetConfig } from './schema.ts';
import { suggest } from './suggest.ts';

const maxIssuesShown = 5;

/** Everything that `toolset.yaml` says, defaults filled in. Beyond here it is typed and trusted. */
export interface Settings {
  readonly spec: ToolsetConfig['spec'];
  /** `spec` as written, without defaults; an empty map where there is no file. */
  readonly written: Readonly<Record<string, unknown>>;
}

/** Reads `toolset.yaml` in the folder; without one, or with an empty one, every default applies. */
export async function loadSettings(folder: string): Promise<Settings> {
  const file = await readGitFile(folder, 'toolset.yaml');
  return parseSettings(file ? parseYamlFile(file, 'SETTINGS_INVALID') : null);
}

/** The only caller of the schema: every problem of the file in one error, each with its place. */
export function parseSettings(file: YamlFile | null): Settings {
  const value = withoutNulls(file?.value) ?? { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
  const parsed = ToolsetConfig.safeParse(value);
  if (parsed.success) {
    const { spec = {} } = value as { readonly spec?: Readonly<Record<string, unknown>> };
    return { spec: parsed.data.spec, written: spec };
  }
  const problems = parsed.error.issues.flatMap(problemsOf);
  const more = problems.length - maxIssuesShown;
  // To find the place of each of a hundred thousand would take minutes.
  const shown = problems.slice(0, maxIssuesShown).map((problem) => describe(problem, file));
  throw new PluginError('SETTINGS_INVALID', [...shown, ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n'), {
    hint: 'docs/settings.md lists every setting of toolset.yaml',
  });
}

/** A map whose keys are all commented out reads as `null`, which means to Kubernetes what no map means. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const set = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(set.map(([key, one]): [string, unknown] => [key, withoutNulls(one)]));
}

type Issue = z.core.$ZodIssue;

interface Problem {
  readonly issue: Issue;
  /** The one key of several unknown ones. */
  readonly key?: string;
}

function problemsOf(issue: Issue): Problem[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ issue, key })) : [{ issue }];
}

function describe({ issue, key }: Problem, file: YamlFile | null): string {
  const locate = (path: readonly PropertyKey[], part: 'key' | 'value'): string =>
    file?.locate(path, part) ?? 'toolset.yaml';
  const where = issue.path.join('.') || 'the file';
  if (key === undefined) return `${locate(issue.path, 'value')} ${where}: ${sentence(issue)}`;
  const meant = suggest(key, knownKeys(issue.path));
  const hint = meant === null ? '' : `, did you mean ${JSON.stringify(meant)}?`;
  return `${locate([...issue.path, key], 'key')} ${where}: unknown key ${JSON.stringify(key)}${hint}`;
}

function sentence(issue: Issue): string {
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

/** The keys that the schema knows at a path: the shape of the object there, through defaults and arrays. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = ToolsetConfig;
  for (const step of path) {
    const { shape, element } = unwrap(schema);
    schema = shape ? shape[String(step)] : element;
  }
  return Object.keys(unwrap(schema).shape ?? {});
}

interface Inner {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
}

function unwrap(schema: unknown): Inner {
  const { def, shape, element } = schema as Inner & { readonly def?: { readonly innerType?: unknown } };
  if (def?.innerType !== undefined) return unwrap(def.innerType);
  return { ...(shape ? { shape } : {}), element };
}
