import type { Diagnostic } from '../lib/diagnostic.ts';
import { formatLocation } from '../lib/diagnostic.ts';
import { printable } from '../lib/messages/text.ts';

/** A name from a file or a cluster as inline code; an empty one would open a code span instead. */
export function code(text: string): string {
  return `\`${printable(text).replaceAll('`', "'") || ' '}\``;
}

/** What forges turn into links by themselves; without the punctuation behind it. The length bounds the search. */
const link = /(\b(?:[a-z][a-z0-9+.-]{0,20}:\/\/|www\.)[^\s"'`<>|]*[^\s"'`<>|.,;:!?)\]}])/i;

/**
 * A sentence with foreign text, which must not become a link, an image or HTML in a comment, nor mention a person or
 * another issue. URLs become inline code, in which forges look for nothing. They look for mentions after parsing the
 * Markdown, so a backslash does not help, but `&commat;` does: it is an @ by then.
 */
export function escaped(text: string): string {
  const parts = printable(text).split(link);
  return parts.map((part, index) => (index % 2 === 1 ? code(part) : escapedWords(part))).join('');
}

function escapedWords(text: string): string {
  return text.replace(/[\\`*_[\]<>|!~$&]/g, '\\$&').replace(/[@#]|(?:!|&|\bgh-)(?=\d)/gi, '$&\u200B');
}

/** A warning of a generation as a list item. */
export function warningItem({ code: kind, location, message, hint }: Diagnostic): string {
  const place = location ? `${code(formatLocation(location))} ` : '';
  return `- ${place}**warning** ${kind}: ${escaped(hint === undefined ? message : `${message}; ${hint}`)}\n`;
}
