import type { ParameterOverride } from './application-parameters/parameter-override.ts';
import { startOf } from '../lib/diagnostic.ts';
import { diagnosticsError } from '../lib/errors.ts';
import { configHeader, ToolsetConfig } from './schema/index.ts';
import type { YamlFile } from './yaml/parse.ts';
import { problemsIn } from './yaml/zod-errors.ts';
import type { Path } from '../lib/json.ts';
import { targetProblems, withFirstTarget } from './first-target.ts';

/** The settings of one Application with defaults filled in, typed and validated. */
export interface Settings {
  readonly spec: ToolsetConfig['spec'];
  /** `spec` as written in Git and set by the Application, without defaults; empty where nothing is set. */
  readonly written: Readonly<Record<string, unknown>>;
  /** `toolset.yaml`; `null` where there is none. */
  readonly file: YamlFile | null;
  /** Settings of the Application, which override the file. */
  readonly application?: readonly ParameterOverride[];
  /** Paths in the file to the parts of one of several targets; absent where they are below `spec`. */
  readonly paths?: { readonly target: Path; readonly overrides: Path; readonly credentials: Path };
}

/**
 * Validates `toolset.yaml`; the defaults apply if it is empty or absent. Throws SETTINGS_INVALID with all problems
 * of the file, each with its location.
 */
export function parseSettings(file: YamlFile | null): Settings {
  const value = withoutNulls(file?.value) ?? configHeader;
  const parsed = ToolsetConfig.safeParse(value, { reportInput: true });
  // Without a file, the defaults are valid, so this location is never shown.
  const locate = file?.locate ?? (() => startOf('toolset.yaml'));
  const { spec: written = {} } = value as { readonly spec?: Readonly<Record<string, unknown>> };
  const problems = parsed.success
    ? targetProblems(written, parsed.data.spec, locate)
    : problemsIn(parsed.error, ToolsetConfig, locate);
  if (parsed.success && problems.length === 0) return { spec: withFirstTarget(parsed.data.spec), written, file };
  throw diagnosticsError('SETTINGS_INVALID', problems, 'docs/settings.md lists every setting of toolset.yaml');
}

/** Drops keys with the value `null`, as Kubernetes does: a map whose keys are all commented out reads as `null`. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const set = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(set.map(([key, one]): [string, unknown] => [key, withoutNulls(one)]));
}
