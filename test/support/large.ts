import { countTokens } from '../../plugin/lib/data/yaml-tokens.ts';
import { maxTokens } from '../../plugin/settings/bounded-reader.ts';
import { maxFileBytes } from '../../plugin/settings/file.ts';

/** The unit, as often as it fits into a file that is as large as one may be. */
export function filled(unit: string, bytes = maxFileBytes): string {
  return unit.repeat(Math.floor(bytes / unit.length));
}

/** As much of the same as is parsed: a file has no more tokens than this. */
export function filledToParse(unit: string): string {
  const text = filled(unit);
  const { tokens, offset } = countTokens(text, maxTokens);
  return tokens > maxTokens ? text.slice(0, offset - (offset % unit.length)) : text;
}
