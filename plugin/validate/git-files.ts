import { PluginError } from '../lib/errors.ts';
import type { YamlFile } from '../settings/yaml/parse.ts';
import { parseYamlFile } from '../settings/yaml/parse.ts';
import type { Settings } from '../settings/settings.ts';
import { parseSettings } from '../settings/parse-settings.ts';
import { targetsOf } from '../settings/targets.ts';
import { consumerOf } from '../consumers/index.ts';
import { loadFile } from './load-customizations.ts';
import type { ReadFile } from '../settings/bounded-reader.ts';
import type { Overrides } from '../customizations/overrides/overrides.ts';
import { invalidOverrides, readOverrides } from '../customizations/overrides/overrides.ts';
import type { PatchFile } from '../customizations/patches/patches.ts';
import { parsePatches } from '../customizations/patches/patches.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import { startOf } from '../lib/diagnostic.ts';
import { assertReleaseKnown } from './release.ts';

/** The content of an Application's files, and the parts that cannot be read. */
export interface GitFiles {
  readonly settings: Settings;
  readonly settingsFile: YamlFile | null;
  readonly overrides: readonly Overrides[];
  readonly patches: readonly PatchFile[];
  readonly files: readonly YamlFile[];
  readonly problems: readonly FileDiagnostic[];
}

/**
 * Reads the files of each target; a file that cannot be read is a problem and does not stop the others. A problem of
 * toolset.yaml belongs to every target.
 */
export async function filesIn(read: ReadFile): Promise<readonly GitFiles[]> {
  const problems: FileDiagnostic[] = [];
  const settingsFile = await collectProblems(problems, async () => {
    const file = await read('toolset.yaml', 'folder');
    return file && parseYamlFile(file, 'SETTINGS_INVALID');
  });
  // Findings about the other files depend on the settings; if these are invalid, the defaults are used.
  const settings = (await collectProblems(problems, () => parseSettings(settingsFile))) ?? parseSettings(null);
  const all: GitFiles[] = [];
  // In sequence, so that the limit for all files together stops the reading.
  for (const one of targetsOf(settings)) all.push(await filesOfTarget(read, one, settingsFile, [...problems]));
  return all;
}

/** The result; `null` after a failure, which is added to the problems. */
async function collectProblems<T>(problems: FileDiagnostic[], what: () => Promise<T> | T): Promise<T | null> {
  try {
    return await what();
  } catch (error) {
    problems.push(...diagnosticsIn(error));
    return null;
  }
}

async function filesOfTarget(
  read: ReadFile,
  settings: Settings,
  settingsFile: YamlFile | null,
  problems: FileDiagnostic[],
): Promise<GitFiles> {
  const tried = <T>(what: () => Promise<T> | T): Promise<T | null> => collectProblems(problems, what);
  await tried(() => {
    assertReleaseKnown(settings);
  });
  const consumer = consumerOf(settings.spec.target);
  const files: YamlFile[] = settingsFile ? [settingsFile] : [];
  /** The files that can be read and parsed, in sequence. */
  const parsedOf = async <T>(kind: 'files' | 'patches', parse: (file: YamlFile) => T): Promise<readonly T[]> => {
    const all: T[] = [];
    for (const index of settings.spec.overrides[kind].keys()) {
      const file = await tried(() => loadFile(read, settings, kind, index));
      if (!file) continue;
      files.push(file);
      const parsed = await tried(() => parse(file));
      if (parsed !== null) all.push(parsed);
    }
    return all;
  };
  const overrides = await parsedOf('files', (file) => {
    const { overrides: layer, problems: own } = readOverrides(file, consumer);
    // The valid parts are checked nevertheless.
    if (own.length > 0) problems.push(...diagnosticsIn(invalidOverrides(file, own)));
    return layer;
  });
  const patches = await parsedOf('patches', parsePatches);
  return { settings, settingsFile, overrides, patches, files, problems };
}

function diagnosticsIn(error: unknown): FileDiagnostic[] {
  if (!(error instanceof PluginError)) throw error;
  const { code, hint, message, diagnostics } = error;
  if (diagnostics.length > 0) return [...diagnostics];
  return [{ severity: 'error', code, location: startOf('toolset.yaml'), message, hint }];
}
