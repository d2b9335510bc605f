import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where a real part is kept between runs, outside of the tree: named by what stands in it. */
export function cacheFolder(kind: string, content: string): string {
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const hash = createHash('sha256').update(content).digest('hex');
  return join(root, 'dynamic-toolset-tests', kind, hash.slice(0, 16));
}

/** Makes a folder that appears by a rename, so that it is whole or absent, even where several processes make it at the same time. */
export function whole(folder: string, make: (draft: string) => void): void {
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    make(draft);
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Folder of the virtual environment in the cache for a file of requirements, whether it is there or not. */
export function environmentOf(kind: string, requirements: string): string {
  return cacheFolder(kind, readFileSync(requirements, 'utf8'));
}

/** The same, made where it is missing. Its programs find it by the path in their first lines: run them by Python. */
export function pythonEnvironment(kind: string, requirements: string): string {
  const folder = environmentOf(kind, requirements);
  if (!existsSync(folder)) {
    whole(folder, (draft) => {
      runOrThrow('python3', ['-m', 'venv', draft]);
      runOrThrow(join(draft, 'bin', 'python3'), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
    });
  }
  return folder;
}

/** Runs a program and shows what it says. Throws where it fails. */
export function runOrThrow(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`"${command} ${args.join(' ')}" exited with ${String(status)}`, { cause: error });
}
