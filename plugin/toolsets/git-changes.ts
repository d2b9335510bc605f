import { mistaken } from '../errors.ts';
import { parseYamlFile } from '../settings/document.ts';
import type { YamlFile } from '../settings/document.ts';
import { readGitFile } from '../settings/file.ts';
import type { Settings } from '../settings/settings.ts';
import type { Changes } from './changes.ts';
import type { Consumer } from './consumer.ts';
import { parseOverrides } from './overrides.ts';

/** The Application's folder, and the repository that its files may name others of. */
export interface GitFolder {
  readonly folder: string;
  readonly root: string;
}

/** Reads every file of changes that the settings name; those that they name themselves have to be there. */
export async function loadChanges(git: GitFolder, settings: Settings, consumer: Consumer): Promise<Changes> {
  const overrides = await loadAll(git, settings, 'files');
  const patchFiles = await loadAll(git, settings, 'patches');
  // Most folders have no patch, and then pay for neither the library nor the schema.
  const patching = patchFiles.length > 0 ? await import('./patches.ts') : null;
  return {
    overrides: overrides.map((file) => parseOverrides(file, consumer)),
    patches: patching ? patchFiles.map((file) => patching.parsePatches(file)) : [],
    patching,
  };
}

async function loadAll(git: GitFolder, settings: Settings, kind: 'files' | 'patches'): Promise<YamlFile[]> {
  const names = settings.spec.overrides[kind];
  const files = await Promise.all(names.map((_, index) => loadFile(git, settings, kind, index)));
  return files.flatMap((file) => file ?? []);
}

/** One of the files that the settings name; `null` where it is not there and need not be. */
export async function loadFile(
  { folder, root }: GitFolder,
  { spec, written, file: settingsFile }: Settings,
  kind: 'files' | 'patches',
  index: number,
): Promise<YamlFile | null> {
  const { overrides = {} } = written as { readonly overrides?: object };
  const isListed = kind in overrides;
  const name = spec.overrides[kind][index] ?? '';
  const file = await readGitFile(folder, name, isListed ? root : folder);
  if (file) return parseYamlFile(file, kind === 'files' ? 'OVERRIDES_INVALID' : 'PATCHES_INVALID');
  if (!isListed || !settingsFile) return null;
  const place = settingsFile.locate(['spec', 'overrides', kind, index]);
  const message = `${name} is not there`;
  throw mistaken('SETTINGS_INVALID', [{ place, message }], 'add the file, or remove it from the list');
}
