import type { Pattern } from '../../detectors/types.ts';

/** Whether any of the pattern's texts matches the whole value; `*` stands for any run of characters. */
export function matches(pattern: Pattern, value: string): boolean {
  return typeof pattern === 'string' ? matchesOne(pattern, value) : pattern.some((one) => matchesOne(one, value));
}

/** Linear in the value: a pattern is split at its stars and its pieces are looked for in order. */
function matchesOne(pattern: string, value: string): boolean {
  if (!pattern.includes('*')) return pattern === value;
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop() ?? '';
  if (value.length < head.length + tail.length || !value.startsWith(head) || !value.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = value.indexOf(piece, at);
    if (found === -1 || found + piece.length > value.length - tail.length) return false;
    at = found + piece.length;
  }
  return true;
}
