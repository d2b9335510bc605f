import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const requirements = join(import.meta.dirname, 'python', 'requirements.txt');

/** A Python with PyYAML, which is what HolmesGPT reads with: the machine's own, or that of `buildPython`. */
export function findPython(): string | null {
  const hasYaml = (python: string): boolean => spawnSync(python, ['-c', 'import yaml']).status === 0;
  return ['python3', join(cacheFolder(), 'bin', 'python3')].find(hasYaml) ?? null;
}

/** Makes a virtual environment in the cache, where the machine has no PyYAML of its own. */
export function buildPython(): void {
  if (findPython() !== null) return;
  const folder = cacheFolder();
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    runOrThrow('python3', ['-m', 'venv', draft]);
    runOrThrow(join(draft, 'bin', 'python3'), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
    // It appears by a rename, so that it is whole or absent, whoever else makes one at the same time.
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Named by what stands in it. */
function cacheFolder(): string {
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  return join(root, 'dynamic-toolset-tests', 'python', hash.slice(0, 16));
}

function runOrThrow(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`"${command} ${args.join(' ')}" ended with ${String(status)}`, { cause: error });
}

if (import.meta.main) {
  buildPython();
  console.log(`Python with PyYAML: ${findPython() ?? 'none'}`);
}
