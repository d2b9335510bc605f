import { Lexer } from 'yaml';

/** Marks of the lexer that stand for no text: document, end of a flow, scalar. */
const marks: readonly string[] = ['\u0002', '\u0018', '\u001F'];

/** How far a text was counted. */
export interface TokenCount {
  readonly tokens: number;
  /** Where the last token that was counted begins, in a text with more than were asked for. */
  readonly offset: number;
}

/**
 * Counts the tokens of YAML up to one more than `max`. They decide what parsing takes, in time and memory: a megabyte
 * may hold one text, or a million of them.
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
