import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of shell commands; those with an id (```sh id=NAME) are run by the tests. */
export interface Block {
  readonly id: string | null;
  readonly script: string;
}

/** The shell blocks of a guide, in order. */
export function shellBlocks(guide: string): readonly Block[] {
  return [...read(guide).matchAll(/^```sh(?: id=([a-z-]+))?\n([^]*?)^```$/gm)].map(([, id = null, script = '']) => ({
    id,
    script,
  }));
}

/** A manifest shown in a guide (```yaml id=NAME). Throws if there is none. */
export function yamlBlock(guide: string, id: string): string {
  const [, block] = new RegExp(`^\`\`\`yaml id=${id}\n([^]*?)^\`\`\`$`, 'm').exec(read(guide)) ?? [];
  if (block === undefined) throw new Error(`${guide} has no block of YAML with id=${id}`);
  return block;
}

/** Possible link targets in a page: its headings, as GitHub makes anchors of them. */
export function anchorsIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function read(guide: string): string {
  return readFileSync(join(import.meta.dirname, '../..', guide), 'utf8');
}
