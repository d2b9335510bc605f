import type { Table } from '../test/accuracy/report.ts';
import { measure } from '../test/accuracy/report.ts';
import { code, markdownTable, withSections } from './markdown.ts';

/** docs/accuracy.md with tables generated from the detectors and the corpus. */
export async function accuracyGuide(): Promise<string> {
  const { sets, products, misses, peers, leftOut, sideBySide, soleNeeds } = await measure();
  return withSections('accuracy.md', {
    sets: numbers(sets),
    products: numbers(products),
    misses: markdownTable(misses.header, misses.rows),
    peers: markdownTable(peers.header, peers.rows),
    'left out': numbers(leftOut),
    'side by side': numbers(sideBySide),
    // As code, since a rule contains `*`.
    'sole needs': markdownTable(soleNeeds.header, withCode(soleNeeds, 1)),
  });
}

function numbers({ header, rows }: Table): string {
  return markdownTable(header, rows, 'numbers');
}

function withCode({ rows }: Table, column: number): readonly (readonly string[])[] {
  return rows.map((row) => row.map((cell, index) => (index === column ? code(cell) : cell)));
}
