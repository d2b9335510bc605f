import type * as z from 'zod';
import { PluginError } from '../../lib/errors.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { shortened } from '../../lib/text.ts';
import { ToolsetConfig } from '../schema/index.ts';

/** One setting that the Application overrides. */
export interface ParameterOverride {
  /** Its source in the Application: `parameter target.version` or `variable TARGET_VERSION`. */
  readonly label: string;
  /** Its value as messages quote it. */
  readonly text: string;
  /** Keys that lead to it below `spec`. */
  readonly path: readonly string[];
  readonly value: Data;
}

const maxShown = 5;

/** PARAMETERS_INVALID with the first five mistakes, one a line. */
export function invalidParameters(mistakes: readonly string[]): PluginError {
  return new PluginError('PARAMETERS_INVALID', shortened(mistakes, maxShown).join('\n'), {
    hint: 'fix spec.source.plugin of the Application; docs/settings.md lists what may be set there',
  });
}

/**
 * `spec` of toolset.yaml with the Application's overrides, as written and with defaults; of two for one setting the last
 * wins. Fails with PARAMETERS_INVALID.
 */
export function applyParameters(
  inGit: DataMap,
  overrides: readonly ParameterOverride[],
): { readonly spec: ToolsetConfig['spec']; readonly written: DataMap } {
  const written = overrides.reduce((spec, { path, value }) => setIn(spec, path, value), inGit);
  const head = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
  const parsed = ToolsetConfig.safeParse({ ...head, spec: written });
  if (parsed.success) return { spec: parsed.data.spec, written };
  // toolset.yaml alone was valid: the mistake is in the Application.
  throw invalidParameters(parsed.error.issues.map((issue) => mistakeOf(issue, overrides)));
}

function setIn(map: DataMap, [key = '', ...rest]: readonly string[], value: Data): DataMap {
  const before = getOwn(map, key);
  return { ...map, [key]: rest.length === 0 ? value : setIn(isMap(before) ? before : {}, rest, value) };
}

function mistakeOf({ path, message }: z.core.$ZodIssue, overrides: readonly ParameterOverride[]): string {
  const keys = path.slice(1).map(String);
  const source = overrides.findLast((one) => one.path.every((key, index) => key === keys[index]));
  const subject = source ? `${source.label} ${source.text}` : keys.join('.');
  const sentence = message.charAt(0).toLowerCase() + message.slice(1);
  // The subject says what is invalid: of the schema's "invalid version: expected …" only the expectation is left.
  return `invalid ${subject}: ${sentence.replace(/^[^:"]*: (?=expected )/, '')}`;
}
