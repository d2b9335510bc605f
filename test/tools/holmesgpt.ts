import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const uvRequirements = join(import.meta.dirname, 'python', 'uv.txt');

/**
 * The releases that judge, and the day as of which their dependencies are taken: the library leaves most of them open,
 * and with those of today the old release neither installs nor starts.
 */
const releases = {
  '0.16.4': '2025-12-05',
  '0.45.0': '2026-10-20',
} as const;

export type HolmesVersion = keyof typeof releases;
export const holmesVersions = Object.keys(releases) as readonly HolmesVersion[];

/** What HolmesGPT runs on: it wants no newer Python than this, which the machine's own may be. */
const pythonRange = '>=3.10,<3.14';

/** The Python that has this release of the real HolmesGPT, once `buildHolmesgpt` has made it. */
export function holmesPython(version: HolmesVersion): string | null {
  const python = join(environmentFolder(version), 'bin', 'python');
  return existsSync(python) ? python : null;
}

/** Installs every release that judges, each into a virtual environment of its own in the cache. */
export function buildHolmesgpt(): void {
  for (const version of holmesVersions) if (holmesPython(version) === null) buildEnvironment(version);
}

function buildEnvironment(version: HolmesVersion): void {
  const uv = findUv();
  whole(environmentFolder(version), (draft) => {
    // Compiled, for otherwise every start takes twice as long; relocatable, for it is renamed.
    runOrThrow(uv, ['venv', '--quiet', '--relocatable', '--python', pythonRange, draft]);
    const options = ['--quiet', '--compile-bytecode', '--exclude-newer', releases[version]];
    runOrThrow(uv, ['pip', 'install', ...options, '--python', join(draft, 'bin', 'python'), `holmesgpt==${version}`]);
  });
}

/** Plain pip cannot take dependencies as of a day, and needs minutes for them. */
function findUv(): string {
  const folder = cacheFolder('uv', readFileSync(uvRequirements, 'utf8'));
  if (!existsSync(folder)) {
    whole(folder, (draft) => {
      runOrThrow('python3', ['-m', 'venv', draft]);
      runOrThrow(join(draft, 'bin', 'python3'), ['-m', 'pip', 'install', '--quiet', '--requirement', uvRequirements]);
    });
  }
  return join(folder, 'bin', 'uv');
}

/** It appears by a rename, so that it is whole or absent, whoever else makes one at the same time. */
function whole(folder: string, make: (draft: string) => void): void {
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    make(draft);
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function environmentFolder(version: HolmesVersion): string {
  return cacheFolder('holmesgpt', JSON.stringify([version, releases[version], pythonRange, process.platform]));
}

/** Named by what stands in it. */
function cacheFolder(kind: string, content: string): string {
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const hash = createHash('sha256').update(content).digest('hex');
  return join(root, 'dynamic-toolset-tests', kind, hash.slice(0, 16));
}

function runOrThrow(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`"${command} ${args.join(' ')}" ended with ${String(status)}`, { cause: error });
}

if (import.meta.main) {
  buildHolmesgpt();
  for (const version of holmesVersions) console.log(`HolmesGPT ${version}: ${holmesPython(version) ?? 'none'}`);
}
