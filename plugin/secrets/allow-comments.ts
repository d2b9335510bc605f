import type { Scalar } from 'yaml';
import type { YamlFile } from '../settings/yaml/parse.ts';

/** The comments that detect-secrets and gitleaks go by. */
export function allowlistMatcher(file: YamlFile): (node: Scalar) => boolean {
  const lines = file.text.split('\n');
  const here = remembered((line) => commentIn(lines[line - 1] ?? '', allowed));
  const before = remembered((line) => commentIn(lines[line - 2] ?? '', nextAllowed));
  return (node) => {
    const [start, end] = node.range ?? [0, 0];
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    const last = file.placeAt(isBlock ? start : end);
    return here(last.line) >= last.column - 1 || before(file.placeAt(start).line) >= 0;
  };
}

/** A line can be the whole file, with a secret at each step. */
function remembered(find: (line: number) => number): (line: number) => number {
  const known = new Map<number, number>();
  return (line) => {
    const found = known.get(line) ?? find(line);
    known.set(line, found);
    return found;
  };
}

const allowed = /pragma: ?(?:allow|white)list[ -]secret|gitleaks:allow/g;
const nextAllowed = /pragma: ?(?:allow|white)list[ -]nextline[ -]secret/g;

/** Where the comment begins that ends the line with these words; -1 where there is none. */
function commentIn(line: string, words: RegExp): number {
  const match = [...line.matchAll(words)].at(-1);
  return match ? line.lastIndexOf('#', match.index) : -1;
}
