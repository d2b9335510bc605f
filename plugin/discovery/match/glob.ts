import type { Pattern } from '../../../detectors/types.ts';

type Matcher = (value: string) => boolean;

/** Compiled patterns: there are few patterns and many values. */
const matchers = new Map<string, Matcher>();

/** More than any run needs; `serve` meets new patterns as long as ConfigMaps are edited. */
const maxMatchers = 10_000;

/** Whether any of the pattern's texts matches the whole value; `*` stands for any run of characters. */
export function matchesPattern(pattern: Pattern, value: string): boolean {
  if (typeof pattern === 'string') return matcherOf(pattern)(value);
  for (const one of pattern) if (matcherOf(one)(value)) return true;
  return false;
}

function matcherOf(pattern: string): Matcher {
  const known = matchers.get(pattern);
  if (known) return known;
  const matcher = compile(pattern);
  if (matchers.size >= maxMatchers) matchers.clear();
  matchers.set(pattern, matcher);
  return matcher;
}

/** Linear in the length of the value: the pieces between the stars are searched in order, without backtracking. */
function compile(pattern: string): Matcher {
  if (!pattern.includes('*')) return (value) => value === pattern;
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop() ?? '';
  return (value) => {
    if (value.length < head.length + tail.length || !value.startsWith(head) || !value.endsWith(tail)) return false;
    let at = head.length;
    for (const piece of rest) {
      const found = value.indexOf(piece, at);
      if (found === -1 || found + piece.length > value.length - tail.length) return false;
      at = found + piece.length;
    }
    return true;
  };
}
