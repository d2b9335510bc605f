import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf, pythonEnvironment } from './cache.ts';

const requirements = join(import.meta.dirname, 'python', 'pre-commit.txt');

/** The Python that has the real pre-commit, once `pythonEnvironment` has made it. */
export function preCommitPython(): string | null {
  const python = join(environmentOf('pre-commit', requirements), 'bin', 'python3');
  return existsSync(python) ? python : null;
}

if (import.meta.main) {
  pythonEnvironment('pre-commit', requirements);
  console.log(`pre-commit: ${preCommitPython() ?? 'none'}`);
}
