import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, pythonEnvironment, runOrThrow, whole } from './cache.ts';

const uvRequirements = join(import.meta.dirname, 'python', 'uv.txt');

/**
 * The releases that judge, and the day as of which their dependencies are taken: the library leaves most of them open,
 * and with those of today the old release neither installs nor starts.
 */
const releases = {
  '0.16.4': '2025-12-05',
  '0.24.4': '2026-05-15',
  '0.40.0': '2026-10-20',
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
export function findUv(): string {
  return join(pythonEnvironment('uv', uvRequirements), 'bin', 'uv');
}

function environmentFolder(version: HolmesVersion): string {
  return cacheFolder('holmesgpt', JSON.stringify([version, releases[version], pythonRange, process.platform]));
}

if (import.meta.main) {
  buildHolmesgpt();
  for (const version of holmesVersions) console.log(`HolmesGPT ${version}: ${holmesPython(version) ?? 'none'}`);
}
