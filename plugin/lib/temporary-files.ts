import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PluginError, reasonOf } from './errors.ts';

/**
 * Creates a folder, with `purpose` in its name, calls `use`, and removes the folder. Fails with OUTPUT_UNWRITABLE, and
 * as `use` does.
 */
export async function withTemporaryFolder<T>(purpose: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `dynamic-toolset-${purpose}-`)).catch((cause: unknown) => {
    throw new PluginError('OUTPUT_UNWRITABLE', `${tmpdir()} cannot be written: ${reasonOf(cause)}`, {
      hint: 'set TMPDIR to a folder for temporary files that this account may write',
      cause,
    });
  });
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a text to a new file beside the path and moves it there, so that the file is complete at any time. Fails as the
 * file system does, and leaves nothing behind.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const written = `${path}.new`;
  try {
    await writeFile(written, text);
    await rename(written, path);
  } catch (error) {
    await rm(written, { force: true }).catch(() => undefined);
    throw error;
  }
}
