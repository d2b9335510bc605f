import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of shell commands; those with an id (```sh id=NAME) are run by the tests. */
export interface Block {
  readonly id: string | null;
  readonly script: string;
}

/** The shell blocks of a guide, in its order. */
export function shellBlocks(guide: string): readonly Block[] {
  const text = readFileSync(join(import.meta.dirname, '../..', guide), 'utf8');
  return [...text.matchAll(/^```sh(?: id=([a-z-]+))?\n([^]*?)^```$/gm)].map(([, id = null, script = '']) => ({
    id,
    script,
  }));
}
