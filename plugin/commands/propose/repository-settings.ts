import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Workspace } from '../../propose/git/workspace.ts';

/** Most files in the settings' folder of the repository. */
const maxFiles = 50;

/**
 * Writes the files of one repository folder into a temporary one while `use` runs: only regular files, as they are in
 * the commit, without filters. Fails with REPOSITORY_INVALID for a link, REPOSITORY_TOO_LARGE for more than 50 files or
 * for a file over 1 MB.
 */
export async function withRepositorySettings<T>(
  workspace: Workspace,
  { commit, folder }: { readonly commit: string; readonly folder: string },
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'dynamic-toolset-settings-'));
  try {
    for (const entry of await workspace.filesBelow(commit, folder, maxFiles)) {
      const name = folder === '.' ? entry.path : entry.path.slice(folder.length + 1);
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await workspace.text(entry));
    }
    return await use(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
