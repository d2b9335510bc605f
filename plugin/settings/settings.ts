import type { DataMap } from '../lib/json.ts';
import type { ApplicationInput } from './application-parameters/read.ts';
import type { ReadFile } from './bounded-reader.ts';
import type { GitFile } from './file.ts';
import { defaultSpec } from './default-spec.ts';
import type { Settings } from './parse-settings.ts';

export type { Settings } from './parse-settings.ts';

/**
 * Reads `toolset.yaml`; the defaults apply if it is absent or empty. Parameters and variables of
 * the Application override it.
 */
export async function loadSettings(read: ReadFile, application: ApplicationInput = {}): Promise<Settings> {
  const settings = await settingsOf(await read('toolset.yaml', 'folder'));
  if (isEmptyInput(application)) return settings;
  const [{ readApplication }, { applyParameters }] = await Promise.all([
    import('./application-parameters/read.ts'),
    import('./application-parameters/apply.ts'),
  ]);
  const overrides = readApplication(application);
  return overrides.length === 0
    ? settings
    : { ...settings, ...applyParameters(settings.written as DataMap, overrides), application: overrides };
}

/** Loads the schema only if there is a file: building it takes a tenth of a whole run. */
async function settingsOf(file: GitFile | null): Promise<Settings> {
  if (!file) return { spec: defaultSpec, written: {}, file: null };
  const [{ parseYamlFile }, { parseSettings }] = await Promise.all([
    import('./yaml/parse.ts'),
    import('./parse-settings.ts'),
  ]);
  return parseSettings(parseYamlFile(file, 'SETTINGS_INVALID'));
}

/** Argo CD writes `null` or `[]` for an Application without parameters. */
function isEmptyInput({ parameters = '', variables = {} }: ApplicationInput): boolean {
  return ['', 'null', '[]'].includes(parameters.trim()) && Object.keys(variables).length === 0;
}
