import { renderTable } from '../../plugin/commands/table.ts';
import { readCorpus, stacks } from './corpus.ts';
import type { Verdict } from './judge.ts';
import { judgeStack } from './judge.ts';

/** A table of rights and wrongs for each product over the corpus, and every miss by name. */
const verdicts: Verdict[] = [];
for (const entries of stacks(readCorpus()).values()) verdicts.push(...(await judgeStack(entries)));

const byType = Map.groupBy(verdicts, ({ entry }) => entry.expected.type ?? 'look-alikes');
const rows = [...byType]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([type, all]) => {
    const right = all.filter(({ miss }) => miss === null).length;
    return [type, String(all.length), String(right), String(all.length - right)];
  });
console.log(renderTable(['PRODUCT', 'SERVICES', 'RIGHT', 'WRONG'], rows));
for (const { entry, miss } of verdicts.filter(({ miss }) => miss !== null)) {
  console.log(`${entry.stack} ${entry.service.metadata.name}: ${miss ?? ''}`);
}
