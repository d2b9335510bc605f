import { diagnosticsError } from '../lib/errors.ts';
import { parseYamlFile } from '../settings/yaml/parse.ts';
import type { YamlFile } from '../settings/yaml/parse.ts';
import type { GitFile } from '../settings/file.ts';
import { readGitFile } from '../settings/file.ts';
import type { Settings } from '../settings/settings.ts';
import type { Customizations } from '../customizations/apply.ts';
import type { Consumer } from '../consumers/consumer.ts';
import { parseOverrides } from '../customizations/overrides/overrides.ts';

/** The Application's folder, and the repository that its files may name others of. */
export interface GitFolder {
  readonly folder: string;
  readonly root: string;
}

/** A file by its name in the Application's folder, from where it may lead no further than this; `null` for none. */
export type ReadFile = (name: string, within: 'folder' | 'repository') => Promise<GitFile | null>;

export function readFrom({ folder, root }: GitFolder): ReadFile {
  return (name, within) => readGitFile(folder, name, within === 'folder' ? folder : root);
}

/** Reads every file of changes that the settings name; those that they name themselves have to be there. */
export async function loadCustomizations(
  read: ReadFile,
  settings: Settings,
  consumer: Consumer,
): Promise<Customizations> {
  const overrides = await loadAll(read, settings, 'files');
  const patchFiles = await loadAll(read, settings, 'patches');
  // Most folders have no patch, and then pay for neither the library nor the schema.
  const patching = patchFiles.length > 0 ? await import('../customizations/patches/patches.ts') : null;
  return {
    overrides: overrides.map((file) => parseOverrides(file, consumer)),
    patches: patching ? patchFiles.map((file) => patching.parsePatches(file)) : [],
    patching,
  };
}

async function loadAll(read: ReadFile, settings: Settings, kind: 'files' | 'patches'): Promise<YamlFile[]> {
  const names = settings.spec.overrides[kind];
  const files = await Promise.all(names.map((_, index) => loadFile(read, settings, kind, index)));
  return files.flatMap((file) => file ?? []);
}

/** One of the files that the settings name; `null` where it is not there and need not be. */
export async function loadFile(
  read: ReadFile,
  { spec, written, file: settingsFile }: Settings,
  kind: 'files' | 'patches',
  index: number,
): Promise<YamlFile | null> {
  const { overrides = {} } = written as { readonly overrides?: object };
  const isListed = kind in overrides;
  const name = spec.overrides[kind][index] ?? '';
  const file = await read(name, isListed ? 'repository' : 'folder');
  if (file) return parseYamlFile(file, kind === 'files' ? 'OVERRIDES_INVALID' : 'PATCHES_INVALID');
  if (!isListed || !settingsFile) return null;
  const location = settingsFile.locate(['spec', 'overrides', kind, index]);
  const message = `${name} is not there`;
  throw diagnosticsError('SETTINGS_INVALID', [{ location, message }], 'add the file, or remove it from the list');
}
