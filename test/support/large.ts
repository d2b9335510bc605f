import { countTokens } from '../../plugin/lib/data/yaml-tokens.ts';
import { maxTokens } from '../../plugin/settings/bounded-reader.ts';
import { maxFileBytes } from '../../plugin/settings/file.ts';

/** The unit repeated up to the size limit of a file. */
export function filled(unit: string, bytes = maxFileBytes): string {
  return unit.repeat(Math.floor(bytes / unit.length));
}

/** The unit repeated as far as it is parsed: files are limited in tokens. */
export function filledToParse(unit: string): string {
  const text = filled(unit);
  const { tokens, offset } = countTokens(text, maxTokens);
  return tokens > maxTokens ? text.slice(0, offset - (offset % unit.length)) : text;
}
