/**
 * The text without these characters at its end. In linear time, where `/x+$/` looks for the end from each x of a long
 * run that something else follows.
 */
export function withoutTrailing(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
