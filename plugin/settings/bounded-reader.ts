import { normalize } from 'node:path';
import type { SourceLocation } from '../lib/diagnostic.ts';
import { diagnosticsError } from '../lib/errors.ts';
import { countTokens } from '../lib/data/yaml-tokens.ts';
import type { GitFile } from './file.ts';

/**
 * Reads a file by its name in the Application's folder; `within` limits where links may lead. `null` if it is absent.
 */
export type ReadFile = (name: string, within: 'folder' | 'repository') => Promise<GitFile | null>;

/** Maximum number of characters in all files of an Application: more than twice the size of a ConfigMap. */
const maxCharacters = 2 * 1024 * 1024;
/** Maximum number of YAML tokens in all files of an Application: some 30,000 keys with their values. */
export const maxTokens = 200_000;
/** Files that together are no larger than this are not counted. */
const minCounted = 64 * 1024;

/**
 * Reads the files of an Application, each once however often it is named, and in total no more than can be parsed
 * within a second. Throws FILE_UNREADABLE at the place that exceeds the limit. Calls `onRead` for each file.
 */
export function boundedReader(read: ReadFile, onRead: (file: GitFile) => void = () => undefined): ReadFile {
  const files = new Map<string, Promise<GitFile | null>>();
  let [characters, tokens] = [0, 0];
  const load = async (name: string, within: 'folder' | 'repository'): Promise<GitFile | null> => {
    const file = await read(name, within);
    if (!file) return null;
    const before = characters;
    characters += file.text.length;
    onRead(file);
    if (characters > maxCharacters) throw tooMuch(file, maxCharacters - before, `${String(maxCharacters)} characters`);
    if (characters <= minCounted) return file;
    const count = countTokens(file.text, maxTokens - tokens);
    tokens += count.tokens;
    if (tokens > maxTokens) throw tooMuch(file, count.offset, `${String(maxTokens)} YAML tokens`);
    return file;
  };
  return (name, within) => {
    const key = `${within} ${normalize(name)}`;
    const known = files.get(key) ?? load(name, within);
    files.set(key, known);
    return known;
  };
}

function tooMuch({ name, text }: GitFile, offset: number, limit: string): Error {
  return diagnosticsError(
    'FILE_UNREADABLE',
    [{ location: locationIn(name, text, offset), message: `exceeds the limit of all files together: ${limit}` }],
    'shorten toolset.yaml and the files that it names',
  );
}

function locationIn(file: string, text: string, offset: number): SourceLocation {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
