import { printable } from '../lib/text.ts';

/** Columns as kubectl prints them: padded, three spaces between, nothing after the last. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows.map((row) => row.map(printable))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

/**
 * Folds the tables of `explain` into `width` columns: a cell that does not fit in its column goes on the next line,
 * below the second column. Text that is narrow enough stays as it is.
 */
export function foldTables(text: string, width: number): string {
  let columns: readonly number[] = [];
  const lines = text.split('\n').flatMap((line) => {
    if (/^[A-Z]+( {3,}[A-Z]+)+ *$/.test(line)) columns = starts(line);
    if (line === '' || isWarning(line)) columns = [];
    if (line.length <= width) return [line];
    if (isWarning(line)) return foldWords(line, 0, width);
    return columns.length === 0 ? [line] : foldRow(line, columns, width);
  });
  return lines.join('\n');
}

/** `CODE: message`, below the tables. */
function isWarning(line: string): boolean {
  return /^[A-Z_]+: /.test(line);
}

function starts(header: string): number[] {
  return [...header.matchAll(/[A-Z]+/g)].map(({ index }) => index);
}

function foldRow(row: string, columns: readonly number[], width: number): string[] {
  const indent = columns[1] ?? 0;
  const lines: string[] = [];
  let line = '';
  let folded = false;
  for (const [index, start] of columns.entries()) {
    const cell = row.slice(start, columns[index + 1]).trimEnd();
    const padding = folded ? 3 : start - line.length;
    if (line.length + padding + cell.length <= width) {
      line += ' '.repeat(padding) + cell;
      continue;
    }
    lines.push(line);
    folded = true;
    lines.push(...foldWords(cell, indent, width));
    line = lines.pop() ?? '';
  }
  return [...lines, line].map((one) => one.trimEnd());
}

function foldWords(cell: string, indent: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of cell.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines;
}
