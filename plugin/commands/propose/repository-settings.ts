import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Workspace } from '../../propose/git/workspace.ts';

/** Files of the settings' folder in the repository. */
const maxFiles = 50;

/**
 * Writes the files of one folder of the repository into a temporary one for as long as `use` takes: regular files alone, as
 * they are in the commit, without any filter. Fails with REPOSITORY_INVALID for a link, REPOSITORY_TOO_LARGE for more than 50
 * files or 1 MB in one of them.
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
