import { Lexer } from 'yaml';

/** Lexer marks that do not stand for text: document, end of a flow collection, scalar. */
const marks: readonly string[] = ['\u0002', '\u0018', '\u001F'];

/** Result of counting. */
export interface TokenCount {
  readonly tokens: number;
  /** Start of the last counted token, if the text has more than `max`. */
  readonly offset: number;
}

/**
 * Counts the tokens of YAML up to one more than `max`. They determine the time and memory of parsing: a
 * megabyte may be one string or a million.
 */
export function countTokens(text: string, max: number): TokenCount {
  let [tokens, offset] = [0, 0];
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > max) break;
    if (!marks.includes(token)) offset += token.length;
  }
  return { tokens, offset };
}
