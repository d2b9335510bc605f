import { diffArrays } from 'diff';
import type { ToStringOptions } from 'yaml';

/** The text's style, for lines that are added to it. */
export function styleOf(text: string): ToStringOptions {
  return {
    lineWidth: 0,
    indent: indentOf(text),
    indentSeq: !/^( *)[^\s#].*:[ \t]*\n\1- /m.test(text),
    flowCollectionPadding: !/[{[][^\s}\]]/.test(text),
  };
}

/** Indentation of the first nested lines relative to their key. */
function indentOf(text: string): number {
  let key: number | null = null;
  for (const line of text.split('\n')) {
    const written = line.replace(/(?:^|\s)#.*$/, '').trimEnd();
    if (written === '') continue;
    const indent = written.search(/\S/);
    if (key !== null && indent > key) return indent - key;
    key = written.endsWith(':') && written[indent] !== '-' ? indent : null;
  }
  return 2;
}

/** Maximum number of differing lines to compare: comparing takes quadratic time. */
const maxEditLength = 2_000;

/**
 * Applies the changes between two printed documents to the text from which the first was printed, because printing
 * changes white space in every line. `null` where a change is next to lines in which printing changed more than that.
 */
export function withLinesOf(text: string, printedBefore: string, printedAfter: string): string | null {
  const [own, before, after] = [text, printedBefore, printedAfter].map((one) => one.split('\n')) as [
    string[],
    string[],
    string[],
  ];
  const places = linesAt(before, own);
  const changes = diffArrays(before, after, { maxEditLength });
  if (!places || !changes) return null;
  const result: string[] = [];
  let [line, next] = [0, 0];
  for (const { added, removed, value } of changes) {
    // The library indents empty lines.
    if (added) result.push(...value.map((one) => (/^ +$/.test(one) ? '' : one)));
    else {
      const end = line + value.length;
      const ownEnd = end === before.length ? own.length : (places.get(end) ?? -1);
      if (ownEnd < next) return null;
      if (!removed) result.push(...own.slice(next, ownEnd));
      [line, next] = [end, ownEnd];
    }
  }
  return result.join('\n');
}

/** For each printed line, the line of the text that equals it except for white space. */
function linesAt(printed: readonly string[], own: readonly string[]): ReadonlyMap<number, number> | null {
  const compact = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/\s/g, ''));
  const changes = diffArrays(compact(printed), compact(own), { maxEditLength });
  if (!changes) return null;
  const places = new Map<number, number>();
  let [line, ownLine] = [0, 0];
  for (const { added, removed, count } of changes) {
    if (!added && !removed) for (let i = 0; i < count; i += 1) places.set(line + i, ownLine + i);
    if (!added) line += count;
    if (!removed) ownLine += count;
  }
  return places;
}
