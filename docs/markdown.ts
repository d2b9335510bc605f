import { readFileSync } from 'node:fs';

/** A text as code; an empty one as two quotes. */
export function code(text: string): string {
  return `\`${text === '' ? '""' : text}\``;
}

/**
 * Padded as prettier does, so that the formatter has nothing to change. Numbers after the first column are
 * right-aligned.
 */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  behindFirst: 'texts' | 'numbers' = 'texts',
): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isRight = (column: number): boolean => behindFirst === 'numbers' && column > 0;
  const pad = (cell: string, column: number): string =>
    isRight(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  const rule = widths.map((width, column) => (isRight(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  const [first, ...others] = cells.map((row) => `| ${row.map(pad).join(' | ')} |`);
  return [first, `| ${rule.join(' | ')} |`, ...others].join('\n');
}

/** A guide in this folder with these sections regenerated; the prose around them is written by hand. */
export function withSections(name: string, sections: Readonly<Record<string, string>>): string {
  const guide = readFileSync(new URL(name, import.meta.url), 'utf8');
  return Object.entries(sections).reduce((text, [section, content]) => {
    const place = new RegExp(`(<!-- ${section}:[^>]*-->)[^]*(<!-- end of ${section} -->)`);
    return text.replace(place, (_, start: string, end: string) => `${start}\n\n${content}\n\n${end}`);
  }, guide);
}
