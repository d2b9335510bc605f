import { printable } from '../../lib/messages/text.ts';

type Row = readonly string[];

const gap = 3;

/**
 * Columns in the style of kubectl: padded, three spaces apart, nothing after the last. In a row longer than `width`, a
 * cell that does not fit moves to the next line, below the second column.
 */
export function renderTable(header: Row, rows: readonly Row[], width = Infinity): string {
  const { lines, widths } = measured(header, rows);
  return lines.map((line) => `${renderRow(line, widths, width).join('\n')}\n`).join('');
}

/** The same with one line per row: anything beyond `width` is cut off with an ellipsis. */
export function cutTable(header: Row, rows: readonly Row[], width = Infinity): string {
  const { lines, widths } = measured(header, rows);
  return lines.map((line) => `${cut(padded(line, widths), width)}\n`).join('');
}

function measured(
  header: Row,
  rows: readonly Row[],
): { readonly lines: readonly Row[]; readonly widths: readonly number[] } {
  const lines = [header, ...rows.map((row) => row.map(printable))];
  const widths = header.map((_, column) => lines.reduce((most, line) => Math.max(most, line[column]?.length ?? 0), 0));
  return { lines, widths };
}

function padded(cells: Row, widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(' '.repeat(gap))
    .trimEnd();
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1).trimEnd()}…`;
}

/** Breaks a text into lines of at most `width`, between words; each begins with `indent` spaces. */
export function wrapWords(text: string, width: number, indent = 0): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines;
}

function renderRow(cells: Row, widths: readonly number[], width: number): string[] {
  const line = padded(cells, widths);
  return line.length <= width ? [line] : wrapRow(cells, widths, width);
}

function wrapRow(cells: Row, widths: readonly number[], width: number): string[] {
  const indent = (widths[0] ?? 0) + gap;
  const lines: string[] = [];
  let line = '';
  let start = 0;
  for (const [column, cell] of cells.entries()) {
    const padding = lines.length > 0 ? gap : start - line.length;
    start += (widths[column] ?? 0) + gap;
    if (line.length + padding + cell.length <= width) {
      line += ' '.repeat(padding) + cell;
      continue;
    }
    lines.push(line, ...wrapWords(cell, width, indent));
    line = lines.pop() ?? '';
  }
  return [...lines, line].map((one) => one.trimEnd());
}
