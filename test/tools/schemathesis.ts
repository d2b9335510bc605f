import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf, pythonEnvironment } from './cache.ts';

const requirements = join(import.meta.dirname, 'python', 'schemathesis.txt');

/** The Python that has the real schemathesis, once `pythonEnvironment` has made it. */
export function schemathesisPython(): string | null {
  const python = join(environmentOf('schemathesis', requirements), 'bin', 'python3');
  return existsSync(python) ? python : null;
}

if (import.meta.main) {
  pythonEnvironment('schemathesis', requirements);
  console.log(`schemathesis: ${schemathesisPython() ?? 'none'}`);
}
