import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compare } from '../lib/object-key.ts';

/** A file in the Application's folder that settings may have nothing to do with. */
export interface FileBeside {
  readonly name: string;
  /** The beginning of its text; empty where it is no YAML or JSON. */
  readonly head: string;
}

/** Names that are looked at, and bytes of each: a manifest says what it is at its beginning. */
const maxFiles = 500;
const headBytes = 4096;

/**
 * The files of a folder by name, without hidden ones and without those of folders in it, which Argo CD does not read either,
 * and without the one that `except` leads to.
 */
export async function filesBeside(folder: string, except?: string): Promise<readonly FileBeside[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .filter((name) => except === undefined || join(folder, name) !== resolve(except));
  const files: FileBeside[] = [];
  for (const name of names.sort(compare).slice(0, maxFiles))
    files.push({ name, head: /\.(?:ya?ml|json)$/.test(name) ? await headOf(join(folder, name)) : '' });
  return files;
}

/** Empty where it cannot be read: what is not read for the manifest fails nothing. */
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
