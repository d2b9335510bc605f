import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compare } from '../lib/object-key.ts';

/** A file in the Application's folder that the settings may not refer to. */
export interface FolderFile {
  readonly name: string;
  /** The start of its text; empty for files that are not YAML or JSON. */
  readonly head: string;
}

/** Maximum number of files to look at, and of bytes of each: the kind of a manifest is at its start. */
const maxFiles = 500;
const headBytes = 4096;

/**
 * The files directly in a folder, by name, without hidden ones and without the one that `except` leads to.
 * Argo CD does not read subfolders either.
 */
export async function listFolderFiles(folder: string, except?: string): Promise<readonly FolderFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .filter((name) => except === undefined || join(folder, name) !== resolve(except));
  const files: FolderFile[] = [];
  for (const name of names.sort(compare).slice(0, maxFiles))
    files.push({ name, head: /\.(?:ya?ml|json)$/.test(name) ? await headOf(join(folder, name)) : '' });
  return files;
}

/** Empty where it cannot be read: files that are not needed for the manifest must not make it fail. */
async function headOf(path: string): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
