import { existsSync, readFileSync } from 'node:fs';

/** A test that a page names: `file`: "title". What is filled into a title is an ellipsis on the page. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

export function namedTests(text: string): readonly NamedTest[] {
  return [...text.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)].map(([, file = '', title = '']) => ({ file, title }));
}

export function isThere({ file, title }: NamedTest): boolean {
  if (!existsSync(file)) return false;
  const source = readFileSync(file, 'utf8').replace(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, '…');
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
}
