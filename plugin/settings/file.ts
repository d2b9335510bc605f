import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { PluginError } from '../errors.ts';
import { codeOf, reasonOf } from '../system-error.ts';

/** No file that people write comes near this; a larger one is a mistake or an attack. */
export const maxFileBytes = 1024 * 1024;

/** A file from Git. `name` is relative to the application's path, as messages show it. */
export interface GitFile {
  readonly name: string;
  readonly text: string;
}

/** The folder that holds the Application's files, with links resolved. */
export async function openFolder(path: string): Promise<string> {
  const folder = await realpath(path).catch((cause: unknown) => {
    throw new PluginError('USAGE', `--path ${path} cannot be read: ${reasonOf(cause)}`, {
      hint: 'give the folder that holds toolset.yaml and overrides.yaml',
      cause,
    });
  });
  if (!(await stat(folder)).isDirectory()) {
    throw new PluginError('USAGE', `--path ${path} is not a folder`, {
      hint: 'give the folder that holds toolset.yaml and overrides.yaml, not a file in it',
    });
  }
  return folder;
}

/**
 * Reads a file of the folder whole, or answers `null` where there is none.
 * Refused with FILE_UNREADABLE: what is no regular file, a link that leaves the folder, more than 1 MB, no UTF-8.
 */
export async function readGitFile(folder: string, name: string): Promise<GitFile | null> {
  const path = await resolveInside(folder, name);
  if (path === null) return null;
  const bytes = await readBounded(path, name);
  return { name, text: decode(bytes, name) };
}

async function resolveInside(folder: string, name: string): Promise<string | null> {
  try {
    const path = await realpath(join(folder, name));
    if (path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return path;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return missing(folder, name);
    throw unreadable(name, reasonOf(cause), 'check the file and its permissions', cause);
  }
  throw unreadable(
    name,
    'it is a link to a place outside of the application path',
    'keep the file itself in the folder',
  );
}

/** A file under a name that nobody reads, or a link to nowhere, is a mistake; no file at all is none. */
async function missing(folder: string, name: string): Promise<null> {
  const twin = name.replace(/\.yaml$/, '.yml');
  const entries = await readdir(folder);
  if (entries.includes(name))
    throw unreadable(name, 'it is a link to a file that does not exist', 'mend or remove the link');
  if (entries.includes(twin))
    throw unreadable(name, `only ${twin} is there, which is not read`, `rename it to ${name}`);
  return null;
}

async function readBounded(path: string, name: string): Promise<Buffer> {
  // Without O_NONBLOCK, opening a named pipe that nobody writes to would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw unreadable(name, reasonOf(cause), 'check the file and its permissions', cause);
  });
  try {
    const status = await file.stat();
    if (status.isDirectory()) throw unreadable(name, 'it is a folder', 'put a file in its place');
    if (!status.isFile()) throw unreadable(name, 'it is not a regular file', 'put a file in its place');
    if (status.size > maxFileBytes) {
      throw unreadable(
        name,
        `it has ${String(status.size)} bytes, more than ${String(maxFileBytes)}`,
        'make it smaller',
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PluginError('FILE_UNREADABLE', `${name}:${placeOfInvalid(bytes)} is not UTF-8`, {
      hint: 'save the file as UTF-8',
      cause,
    });
  }
}

/** `line:column` of the first byte that is not what it is read as. */
function placeOfInvalid(bytes: Buffer): string {
  const readAs = Buffer.from(bytes.toString('utf8'));
  const offset = bytes.findIndex((byte, index) => byte !== readAs[index]);
  const lines = bytes.subarray(0, offset).toString('utf8').split('\n');
  return `${String(lines.length)}:${String((lines.at(-1) ?? '').length + 1)}`;
}

function unreadable(name: string, reason: string, hint: string, cause?: unknown): PluginError {
  return new PluginError('FILE_UNREADABLE', `${name} cannot be read: ${reason}`, { hint, cause });
}
