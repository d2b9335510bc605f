import type { Scalar } from 'yaml';
import type { YamlText } from '../settings/yaml/parse.ts';

/** Tells whether a comment of detect-secrets or gitleaks allows a value: on its last line, or on the line before it. */
export function allowlistMatcher(file: YamlText): (node: Scalar) => boolean {
  const lines = file.text.split('\n');
  const here = cachedByLine((line) => commentIn(lines[line - 1] ?? '', allowed));
  const before = cachedByLine((line) => commentIn(lines[line - 2] ?? '', nextAllowed));
  return (node) => {
    const [start, end] = node.range ?? [0, 0];
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    const last = file.placeAt(isBlock ? start : end);
    return here(last.line) >= last.column - 1 || before(file.placeAt(start).line) >= 0;
  };
}

/** Caches the result per line, because one line can be the whole file, with many values. */
function cachedByLine(find: (line: number) => number): (line: number) => number {
  const known = new Map<number, number>();
  return (line) => {
    const found = known.get(line) ?? find(line);
    known.set(line, found);
    return found;
  };
}

const allowed = /pragma: ?(?:allow|white)list[ -]secret|gitleaks:allow/g;
const nextAllowed = /pragma: ?(?:allow|white)list[ -]nextline[ -]secret/g;

/** Column, from 0, of the `#` before the last of these words in a line; -1 if there is none. */
function commentIn(line: string, words: RegExp): number {
  const match = [...line.matchAll(words)].at(-1);
  return match ? line.lastIndexOf('#', match.index) : -1;
}
