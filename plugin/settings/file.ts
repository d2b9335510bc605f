import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, normalize, sep } from 'node:path';
import { codeOf, diagnosticsError, PluginError, reasonOf } from '../lib/errors.ts';
import type { SourceLocation } from '../lib/diagnostic.ts';
import { startOf } from '../lib/diagnostic.ts';

/** Maximum size of a file from Git: far above what people write, and a bound against attacks. */
export const maxFileBytes = 1024 * 1024;

/** A file from Git. `name` is relative to the Application's path; messages show it. */
export interface GitFile {
  readonly name: string;
  readonly text: string;
}

/** FILE_UNREADABLE for a whole file, not for a place in it. */
export class UnreadableFile extends PluginError {
  constructor(name: string, reason: string, hint: string, cause?: unknown) {
    const problem = { location: startOf(name), message: `cannot be read: ${reason}` };
    super('FILE_UNREADABLE', `${name} ${problem.message}`, { hint, cause, problems: [problem] });
  }
}

/** The Application's folder with symbolic links resolved. Throws USAGE. */
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
 * Reads a file; `null` if there is none. `name` is relative to the folder and may lead out of it, but not out of
 * `root`. Throws FILE_UNREADABLE for anything but a regular file, for a name or link that leads out of `root`, for
 * more than 1 MB, and for invalid UTF-8.
 */
export async function readGitFile(folder: string, name: string, root = folder): Promise<GitFile | null> {
  const path = await resolveInside(folder, name, root);
  if (path === null) return null;
  const bytes = await readBounded(path, name);
  return { name, text: decode(bytes, name) };
}

/**
 * The repository of a folder: found by the folder's path in it, which Argo CD passes as `sourcePath`, otherwise by
 * `.git` in a parent folder. Without either, the folder itself.
 */
export async function repositoryOf(folder: string, sourcePath: string | undefined): Promise<string> {
  const pathInRepository = sourcePath === undefined ? '' : normalize(sourcePath).replace(/\/$/, '');
  if (pathInRepository === '.') return folder;
  if (pathInRepository !== '')
    return folder.endsWith(sep + pathInRepository) ? folder.slice(0, -pathInRepository.length - 1) : folder;
  for (let parent = folder; parent !== dirname(parent); parent = dirname(parent)) {
    const isRoot = await stat(join(parent, '.git')).then(
      () => true,
      () => false,
    );
    if (isRoot) return parent;
  }
  return folder;
}

async function resolveInside(folder: string, name: string, root: string): Promise<string | null> {
  const isInside = (path: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep);
  const place = root === folder ? 'application path' : 'repository';
  const path = join(folder, name);
  if (!isInside(path)) {
    const hint = 'keep the file itself in the folder, or name one in the same repository';
    throw new UnreadableFile(name, `it is outside the ${place}`, hint);
  }
  const target = await realpath(path).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return nullIfAbsent(path, name);
    throw new UnreadableFile(name, reasonOf(cause), 'check the file and its permissions', cause);
  });
  if (target === null || isInside(target)) return target;
  throw new UnreadableFile(name, `it is a link to a place outside the ${place}`, 'keep the file itself in the folder');
}

/** `null` if there is no such file. Throws for a dangling link, and for a file of the same name that ends in .yml. */
async function nullIfAbsent(path: string, name: string): Promise<null> {
  const base = basename(path);
  const ymlName = base.replace(/\.yaml$/, '.yml');
  const entries = await readdir(dirname(path)).catch((): string[] => []);
  if (entries.includes(base))
    throw new UnreadableFile(name, 'it is a link to a file that does not exist', 'fix or remove the link');
  if (ymlName !== base && entries.includes(ymlName))
    throw new UnreadableFile(name, `only ${ymlName} is there, which is not read`, `rename it to ${base}`);
  return null;
}

async function readBounded(path: string, name: string): Promise<Buffer> {
  // Without O_NONBLOCK, opening a named pipe without a writer would never return.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new UnreadableFile(name, reasonOf(cause), 'check the file and its permissions', cause);
  });
  try {
    const status = await file.stat();
    if (status.isDirectory()) throw new UnreadableFile(name, 'it is a folder', 'put a file in its place');
    if (!status.isFile()) throw new UnreadableFile(name, 'it is not a regular file', 'put a file in its place');
    if (status.size > maxFileBytes) {
      throw new UnreadableFile(
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
    throw diagnosticsError(
      'FILE_UNREADABLE',
      [{ location: placeOfInvalid(bytes, name), message: 'is not UTF-8' }],
      'save the file as UTF-8',
      cause,
    );
  }
}

/** Position of the first byte that is not valid UTF-8. */
function placeOfInvalid(bytes: Buffer, file: string): SourceLocation {
  const readAs = Buffer.from(bytes.toString('utf8'));
  const offset = bytes.findIndex((byte, index) => byte !== readAs[index]);
  const lines = bytes.subarray(0, offset).toString('utf8').split('\n');
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
