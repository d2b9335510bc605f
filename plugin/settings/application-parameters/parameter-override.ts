import { PluginError } from '../../lib/errors.ts';
import type { Data } from '../../lib/json.ts';
import { shortened } from '../../lib/messages/text.ts';

/** One setting that the Application overrides. */
export interface ParameterOverride {
  /** Its source in the Application: `parameter target.version` or `variable TARGET_VERSION`. */
  readonly label: string;
  /** The value as quoted in messages. */
  readonly text: string;
  /** Path below `spec`. */
  readonly path: readonly string[];
  readonly value: Data;
}

const maxShown = 5;

/** PARAMETERS_INVALID with the first five mistakes, one per line. */
export function invalidParameters(mistakes: readonly string[]): PluginError {
  return new PluginError('PARAMETERS_INVALID', shortened(mistakes, maxShown).join('\n'), {
    hint: 'fix spec.source.plugin of the Application; docs/settings.md lists what may be set there',
  });
}
