import { detectors } from '../../detectors/index.ts';
import { renderTable } from '../../plugin/commands/table.ts';
import { readCorpus, stacks } from './corpus.ts';
import { knownMisses } from './known-misses.ts';
import { soleNeeds } from './literals.ts';
import { peers } from './peers.ts';
import type { Part, Score } from './score.ts';
import { everything, isLookAlike, judgeCorpus, metrics, missesOf, ownScore, peerScore } from './score.ts';

/** Rights and wrongs for each product over the corpus, every miss by name, and the peers' rules beside ours. */
const corpus = readCorpus();
const judgement = await judgeCorpus(corpus);

console.log(`${String(corpus.length)} Services of ${String(stacks(corpus).size)} stacks\n`);

const columns = ['PRODUCT', 'SERVICES', 'RIGHT ENDPOINT', 'BACKENDS', 'CHOSEN', 'LOOK-ALIKES TAKEN', 'ALONE', 'RIGHT'];
console.log(renderTable(columns, [...detectors.map(({ id }) => productRow(id)), totalRow()]));

for (const [title, miss] of missesOf(judgement)) {
  console.log(`miss: ${title}: ${miss}\n      ${knownMisses[title] ?? 'NOT KNOWN'}`);
}

console.log('\nThe same corpus by the rules of others, each Service of each stack at hand');
const rows = [
  scoreRow('dynamic-toolset', (only) => ownScore(judgement.together, only)),
  ...peers.map((peer) => scoreRow(peer.title, (only) => peerScore(peer, corpus, only))),
];
const group = (title: string): string[] => [title, 'RIGHT URL', 'WRONG TAKEN'];
console.log(renderTable(['RULES', ...group('METRICS FOUND'), ...group('ALL FOUND')], rows));

console.log('Rules that one stack alone needs: without them nothing else in the corpus changes');
console.log(renderTable(['DETECTOR', 'RULE', 'STACK'], [...(await soleNeeds(corpus))]));

function productRow(id: string): string[] {
  const own = judgement.together.filter(({ entry }) => entry.expected.type === id);
  const taken = judgement.together.filter(
    ({ entry, decision }) => isLookAlike(entry) && decision?.decision === 'selected' && decision.detector?.id === id,
  );
  const alone = judgement.alone.filter(
    ({ entry }) => (entry.expected.type ?? entry.expected.usableIfAlone?.type) === id,
  );
  const { backends, found } = ownScore(own, everything);
  const right = (verdicts: readonly { readonly miss: string | null }[]): number =>
    verdicts.filter(({ miss }) => miss === null).length;
  return [id, ...[own.length, right(own), backends, found, taken.length, alone.length, right(alone)].map(String)];
}

function totalRow(): string[] {
  const sums = detectors.map(({ id }) => productRow(id).slice(1).map(Number));
  const [first = []] = sums;
  return ['all', ...first.map((_, column) => String(sums.reduce((sum, row) => sum + (row[column] ?? 0), 0)))];
}

function scoreRow(title: string, score: (only: Part) => Score): string[] {
  return [title, ...[metrics, everything].map(score).flatMap(cells)];
}

function cells({ backends, found, right, wrong }: Score): string[] {
  return [`${String(found)} of ${String(backends)}`, String(right), String(wrong)];
}
