import type { Diagnostic } from '../lib/diagnostic.ts';
import { formatLocation } from '../lib/diagnostic.ts';
import { printable } from '../lib/text.ts';

/** A name out of a file or a cluster as code within a line; an empty one would be no code, but open one. */
export function code(text: string): string {
  return `\`${printable(text).replaceAll('`', "'") || ' '}\``;
}

/**
 * A sentence with foreign text in it, which must not become a link, an image or HTML in a comment, nor mention a person or
 * another issue: the forges look for both in what is left once the Markdown is read, so a backslash does not help there. It does
 * for `&commat;`, which is an @ by then.
 */
export function escaped(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]<>|!~$&]/g, '\\$&')
    .replace(/[@#]|(?:!|&|\bgh-)(?=\d)/gi, '$&\u200B');
}

/** A warning of a generation as an item of a list. */
export function warningItem({ code: kind, location, message, hint }: Diagnostic): string {
  const place = location ? `${code(formatLocation(location))} ` : '';
  return `- ${place}**warning** ${kind}: ${escaped(hint === undefined ? message : `${message}; ${hint}`)}\n`;
}
