import { renderTable } from '../../plugin/commands/terminal/table.ts';
import type { Table } from './report.ts';
import { measure } from './report.ts';

/** What docs/accuracy.md shows, at a terminal. */
const report = await measure();

print('By set', report.sets);
print('By product', report.products);
print('What is wrong, by name', report.misses);
print('The same corpus by the rules of others, each Service of each stack at hand', report.peers);
print(
  'Without the literals that the corpus has from that project alone; projects that lose an endpoint',
  report.leftOut,
);
print('Two installations of one product in one namespace', report.sideBySide);
print('Rules that one stack alone needs: without them nothing else in the corpus changes', report.soleNeeds);

function print(title: string, { header, rows }: Table): void {
  console.log(`${title}\n\n${renderTable(header, rows)}`);
}
