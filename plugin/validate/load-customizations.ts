import { diagnosticsError } from '../lib/errors.ts';
import { parseYamlFile } from '../settings/yaml/parse.ts';
import type { YamlFile } from '../settings/yaml/parse.ts';
import type { GitFile } from '../settings/file.ts';
import { readGitFile, UnreadableFile } from '../settings/file.ts';
import type { ReadFile } from '../settings/bounded-reader.ts';
import { boundedReader } from '../settings/bounded-reader.ts';
import type { Settings } from '../settings/settings.ts';
import { pathTo } from '../settings/targets.ts';
import type { Customizations } from '../customizations/apply.ts';
import type { Consumer } from '../consumers/consumer.ts';
import { parseOverrides } from '../customizations/overrides/overrides.ts';

/** The Application's folder, and the repository whose other files it may refer to. */
export interface GitFolder {
  readonly folder: string;
  readonly root: string;
}

/** `onRead` is called for each file. */
export function readFrom({ folder, root }: GitFolder, onRead?: (file: GitFile) => void): ReadFile {
  return boundedReader((name, within) => readGitFile(folder, name, within === 'folder' ? folder : root), onRead);
}

/** Reads all customization files that the settings name; explicitly named ones have to exist. */
export async function loadCustomizations(
  read: ReadFile,
  settings: Settings,
  consumer: Consumer,
): Promise<Customizations> {
  const overrides = await loadAll(read, settings, 'files');
  const patchFiles = await loadAll(read, settings, 'patches');
  // Most folders have no patches, and then load neither the library nor the schema.
  const patching = patchFiles.length > 0 ? await import('../customizations/patches/patches.ts') : null;
  return {
    overrides: parseEachOnce(overrides, (file) => parseOverrides(file, consumer)),
    patches: patching ? parseEachOnce(patchFiles, (file) => patching.parsePatches(file)) : [],
    patching,
  };
}

/** A file may be listed several times but is parsed once. */
function parseEachOnce<T>(files: readonly YamlFile[], parse: (file: YamlFile) => T): T[] {
  const parsed = new Map<YamlFile, T>();
  return files.map((file) => {
    const known = parsed.get(file) ?? parse(file);
    parsed.set(file, known);
    return known;
  });
}

/** In sequence, so that the limit for all files together stops the reading. */
async function loadAll(read: ReadFile, settings: Settings, kind: 'files' | 'patches'): Promise<YamlFile[]> {
  const files: YamlFile[] = [];
  for (const index of settings.spec.overrides[kind].keys()) {
    const file = await loadFile(read, settings, kind, index);
    if (file) files.push(file);
  }
  return files;
}

const parsedFiles = new WeakMap<GitFile, YamlFile>();

function parseOnce(file: GitFile, kind: 'files' | 'patches'): YamlFile {
  const parsed =
    parsedFiles.get(file) ?? parseYamlFile(file, kind === 'files' ? 'OVERRIDES_INVALID' : 'PATCHES_INVALID');
  parsedFiles.set(file, parsed);
  return parsed;
}

/** Reads one of the files that the settings name; `null` if it does not exist and need not. */
export async function loadFile(
  read: ReadFile,
  settings: Settings,
  kind: 'files' | 'patches',
  index: number,
): Promise<YamlFile | null> {
  const { spec, written, file: settingsFile } = settings;
  const path = [...pathTo(settings, 'overrides'), kind, index];
  const { overrides = {} } = written as { readonly overrides?: object };
  const isListed = kind in overrides;
  const name = spec.overrides[kind][index] ?? '';
  const file = await read(name, isListed ? 'repository' : 'folder').catch((error: unknown) => {
    if (!isListed || !settingsFile || !(error instanceof UnreadableFile)) throw error;
    // Reported at the line that names the file.
    const problem = { location: settingsFile.locate(path), message: error.message };
    throw diagnosticsError(error.code, [problem], error.hint, error);
  });
  if (file) return parseOnce(file, kind);
  if (!isListed || !settingsFile) return null;
  const location = settingsFile.locate(path);
  const message = `${name} is not there`;
  throw diagnosticsError('SETTINGS_INVALID', [{ location, message }], 'add the file, or remove it from the list');
}
