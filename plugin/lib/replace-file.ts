import { rename, rm, writeFile } from 'node:fs/promises';

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
