import { mistaken } from '../errors.ts';
import { parseYamlFile } from '../settings/document.ts';
import type { YamlFile } from '../settings/document.ts';
import type { ErrorCode } from '../errors.ts';
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
  const { files, patches } = settings.spec.overrides;
  const overrides = await readAll(git, files, 'files', 'OVERRIDES_INVALID', settings);
  const patchFiles = await readAll(git, patches, 'patches', 'PATCHES_INVALID', settings);
  // Most folders have no patch, and then pay for neither the library nor the schema.
  const patching = patchFiles.length > 0 ? await import('./patches.ts') : null;
  return {
    overrides: overrides.map((file) => parseOverrides(file, consumer)),
    patches: patching ? patchFiles.map((file) => patching.parsePatches(file)) : [],
    patching,
  };
}

async function readAll(
  { folder, root }: GitFolder,
  names: readonly string[],
  key: 'files' | 'patches',
  code: ErrorCode,
  { written, file: settingsFile }: Settings,
): Promise<YamlFile[]> {
  const { overrides = {} } = written as { readonly overrides?: object };
  const isListed = key in overrides;
  const files = await Promise.all(
    names.map(async (name, index) => {
      const file = await readGitFile(folder, name, isListed ? root : folder);
      if (file) return [parseYamlFile(file, code)];
      if (!isListed || !settingsFile) return [];
      const place = settingsFile.locate(['spec', 'overrides', key, index]);
      throw mistaken(
        'SETTINGS_INVALID',
        [{ place, message: `${name} is not there` }],
        'add the file, or remove it from the list',
      );
    }),
  );
  return files.flat();
}
