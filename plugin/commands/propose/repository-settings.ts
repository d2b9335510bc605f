import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PluginError } from '../../lib/errors.ts';
import { excerpt } from '../../lib/messages/text.ts';
import { withTemporaryFolder } from '../../lib/temporary-files.ts';
import type { Workspace } from '../../propose/git/workspace.ts';

/** Most files in the settings' folder of the repository. */
const maxFiles = 50;

/**
 * Writes the files of one repository folder into a temporary one while `use` runs: only regular files, as they are in
 * the commit, without filters. Fails with REPOSITORY_INVALID for a link, or if there is no such folder: the defaults would
 * drop all customizations; with REPOSITORY_TOO_LARGE for more than 50 files or for a file over 1 MB.
 */
export async function withRepositorySettings<T>(
  workspace: Workspace,
  { commit, folder }: { readonly commit: string; readonly folder: string },
  use: (path: string) => Promise<T>,
): Promise<T> {
  return withTemporaryFolder('settings', async (path) => {
    const entries = await workspace.filesBelow(commit, folder, maxFiles);
    const inside = folder === '.' ? '' : `${folder}/`;
    if (!entries.some((entry) => entry.path.startsWith(inside))) throw noFolder(folder);
    for (const entry of entries) {
      const file = join(path, entry.path.slice(inside.length));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await workspace.text(entry));
    }
    return use(path);
  });
}

function noFolder(folder: string): PluginError {
  return new PluginError('REPOSITORY_INVALID', `the repository has no folder ${excerpt(folder)}`, {
    hint: 'correct --settings; for the defaults alone, put an empty toolset.yaml into the folder',
  });
}
