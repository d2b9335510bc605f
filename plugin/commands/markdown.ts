import { printable } from '../lib/text.ts';

/** A name out of a file or a cluster as code within a line. */
export function code(text: string): string {
  return `\`${printable(text).replaceAll('`', "'")}\``;
}

/**
 * A sentence with foreign text in it, which must not become a link, an image or HTML in a comment, nor mention a person or
 * another issue: GitHub looks for both in what is left once the Markdown is read, so a backslash does not help there.
 */
export function escaped(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]<>|!]/g, '\\$&')
    .replace(/[@#]/g, '$&\u200B');
}
