import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { environmentOf, pythonEnvironment } from './cache.ts';

const requirements = join(import.meta.dirname, 'python', 'requirements.txt');

let foundPython: string | undefined;

/** A Python with PyYAML, which is what HolmesGPT reads with: the machine's own, or that of `buildPython`. */
export function findPython(): string | null {
  const hasYaml = (python: string): boolean => spawnSync(python, ['-c', 'import yaml']).status === 0;
  foundPython ??= ['python3', join(environmentOf('python', requirements), 'bin', 'python3')].find(hasYaml);
  return foundPython ?? null;
}

/** Makes a virtual environment in the cache, where the machine has no PyYAML of its own. */
export function buildPython(): void {
  if (findPython() === null) pythonEnvironment('python', requirements);
}

if (import.meta.main) {
  buildPython();
  console.log(`Python with PyYAML: ${findPython() ?? 'none'}`);
}
