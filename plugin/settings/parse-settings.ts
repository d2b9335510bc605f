import type { ParameterOverride } from './application-parameters/parameter-override.ts';
import type { SourceLocation } from '../lib/diagnostic.ts';
import { diagnosticsError } from '../lib/errors.ts';
import { ToolsetConfig } from './schema/index.ts';
import type { YamlFile } from './yaml/parse.ts';
import { problemsIn } from './yaml/zod-errors.ts';

/** The settings of one Application with defaults filled in. Beyond here they are typed and valid. */
export interface Settings {
  readonly spec: ToolsetConfig['spec'];
  /** `spec` as written in Git and set by the Application, without defaults; empty where nothing is set. */
  readonly written: Readonly<Record<string, unknown>>;
  /** `toolset.yaml`; `null` where there is none. */
  readonly file: YamlFile | null;
  /** What the Application sets over it. */
  readonly application?: readonly ParameterOverride[];
}

/**
 * Validates `toolset.yaml`; an empty one, or none, gives the defaults. Fails with SETTINGS_INVALID: all problems of the
 * file in one error, each with its location.
 */
export function parseSettings(file: YamlFile | null): Settings {
  const value = withoutNulls(file?.value) ?? { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
  const parsed = ToolsetConfig.safeParse(value, { reportInput: true });
  if (parsed.success) {
    const { spec = {} } = value as { readonly spec?: Readonly<Record<string, unknown>> };
    return { spec: parsed.data.spec, written: spec, file };
  }
  throw diagnosticsError(
    'SETTINGS_INVALID',
    problemsIn(parsed.error, ToolsetConfig, file?.locate ?? unknownLocation),
    'docs/settings.md lists every setting of toolset.yaml',
  );
}

/** Drops keys with the value `null`, as Kubernetes does: a map whose keys are all commented out reads as `null`. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const set = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(set.map(([key, one]): [string, unknown] => [key, withoutNulls(one)]));
}

/** Without a file the defaults apply, which are valid: this location is never shown. */
function unknownLocation(): SourceLocation {
  return { file: 'toolset.yaml', line: 1, column: 1 };
}
