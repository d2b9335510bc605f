/** Replaces control and format characters by JSON escapes, so that untrusted text cannot control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => char.split('').map(escaped).join(''));
}

/** The JSON escape of a UTF-16 code unit. */
export function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * Replaces user and password of each URL in the text by `***`, with or without slashes, as URLs are parsed. Linear for
 * any input, because each part ends where an authority does.
 */
export function withoutUserInfo(text: string): string {
  const parts = text.split(/([\s/\\?#]+)/);
  return parts
    .map((part, index) => {
      const end = part.lastIndexOf('@');
      const [before = '', slashes = ''] = parts.slice(Math.max(0, index - 2), index);
      const isAuthority =
        (/https?:$/i.test(before) && /^[/\\]+$/.test(slashes)) || (before.endsWith(':') && slashes === '//');
      const scheme = isAuthority ? '' : /^.*?https?:/is.exec(part.slice(0, Math.max(0, end)))?.[0];
      return end === -1 || scheme === undefined ? part : `${scheme}***${part.slice(end)}`;
    })
    .join('');
}

/** Maximum length of a foreign value in a message. */
const maxExcerpt = 80;

/** The start of a foreign value as JSON, so that a message is bounded whatever the value is. */
export function excerpt(value: unknown): string {
  return clipped(JSON.stringify(value ?? null), maxExcerpt);
}

/** At most the first `maxChars` characters of a text, with an ellipsis if there are more. */
export function clipped(text: string, maxChars: number): string {
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}

/** The first items, then the number of the others: `a`, `b`, `and 2 more`. */
export function shortened(texts: readonly string[], most: number): readonly string[] {
  const more = texts.length - most;
  return more > 0 ? [...texts.slice(0, most), `and ${String(more)} more`] : texts;
}

/** A number with its noun, regular in the plural: `1 folder`, `2 folders`. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** What messages call a value of each type. */
export const typeWords = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  map: 'a map',
  list: 'a list',
} as const;

/** The same for a value of unknown type; `true`, `false` and `null` have their own names. */
export function typeWordOf(value: unknown): string {
  if (typeof value === 'string') return typeWords.string;
  if (typeof value === 'number') return typeWords.number;
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? typeWords.list : typeWords.map;
}
