import { detectors } from '../../detectors/index.ts';
import type { Entry, Recorded } from './corpus.ts';
import { readCorpus, readRecorded, readSet, sets, stacks } from './corpus.ts';
import type { Verdict } from './judge.ts';
import { judgeStack } from './judge.ts';
import { knownMisses } from './known-misses.ts';
import type { LeftOut } from './left-out.ts';
import { leaveOut } from './left-out.ts';
import { soleNeeds } from './literals.ts';
import type { Outcomes } from './outcomes.ts';
import { countOutcomes, productOf } from './outcomes.ts';
import { peers } from './peers.ts';
import type { Judgement, Part, Score } from './score.ts';
import type { Pair } from './side-by-side.ts';
import { sideBySide, tally } from './side-by-side.ts';
import { everything, judgeCorpus, metrics, missesOf, ownScore, peerScore } from './score.ts';

/** A table for a terminal or for the docs. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All that is measured over the corpus. */
export interface Report {
  readonly products: Table;
  readonly sets: Table;
  readonly misses: Table;
  readonly peers: Table;
  readonly leftOut: Table;
  readonly sideBySide: Table;
  readonly soleNeeds: Table;
}

const outcomeColumns = [
  'ENDPOINTS',
  'RIGHT',
  'WITH EVIDENCE',
  'BROKEN',
  'MISSED',
  'WRONG',
  'NEEDLESS',
  'SPECIAL-PURPOSE',
];

export async function measure(): Promise<Report> {
  const corpus = readCorpus();
  const judgement = await judgeCorpus(corpus);
  const proved = await judgeRecorded(corpus, readRecorded());
  return {
    products: productTable(judgement.together, proved),
    sets: setTable(judgement.together, proved),
    misses: missTable(judgement),
    peers: peerTable(corpus, judgement.together),
    leftOut: leftOutTable(await leaveOut(corpus)),
    sideBySide: sideBySideTable(sideBySide(corpus)),
    soleNeeds: { header: ['DETECTOR', 'RULE', 'STACK'], rows: await soleNeeds(corpus) },
  };
}

/** The stacks of which more than Services was recorded, judged with that. */
export async function judgeRecorded(corpus: readonly Entry[], recorded: Recorded): Promise<readonly Verdict[]> {
  const all = stacks(corpus);
  const judged = Object.entries(recorded).map(([stack, objects]) =>
    judgeStack(all.get(stack) ?? [], detectors, objects),
  );
  return (await Promise.all(judged)).flat();
}

/** What became of the Services of each set, by the set's file. */
export function outcomesBySet(verdicts: readonly Verdict[]): Readonly<Record<string, Outcomes>> {
  const files = sets.map((set) => {
    const own = new Set(readSet(set).map(({ stack }) => stack));
    return [set.file, countOutcomes(verdicts.filter(({ entry }) => own.has(entry.stack)))] as const;
  });
  return Object.fromEntries(files);
}

function setTable(verdicts: readonly Verdict[], proved: readonly Verdict[]): Table {
  const outcomes = outcomesBySet(verdicts);
  const rows = sets.map((set) => {
    const services = readSet(set);
    const own = new Set(services.map(({ stack }) => stack));
    const part = ({ entry }: Verdict): boolean => own.has(entry.stack);
    const head = [`${set.title} (${set.file})`, String(own.size), String(services.length)];
    return [...head, ...cellsOf(outcomes[set.file] ?? countOutcomes([]), withEvidence(verdicts, proved, part))];
  });
  return { header: ['SET', 'STACKS', 'SERVICES', ...outcomeColumns], rows };
}

function productTable(verdicts: readonly Verdict[], proved: readonly Verdict[]): Table {
  const row = (title: string, part: (verdict: Verdict) => boolean): string[] => [
    title,
    ...cellsOf(countOutcomes(verdicts.filter(part)), withEvidence(verdicts, proved, part)),
  ];
  const rows = detectors.map(({ id }) => row(id, (verdict) => productOf(verdict) === id));
  return { header: ['PRODUCT', ...outcomeColumns], rows: [...rows, row('all', () => true)] };
}

/** Right ones where the stacks of which more is recorded are judged with it; a dash where nothing more is recorded. */
function withEvidence(
  verdicts: readonly Verdict[],
  proved: readonly Verdict[],
  part: (verdict: Verdict) => boolean,
): string {
  const stacksOf = new Set(proved.map(({ entry }) => entry.stack));
  const better = proved.filter(part);
  if (better.length === 0) return '-';
  const others = verdicts.filter((verdict) => part(verdict) && !stacksOf.has(verdict.entry.stack));
  return String(countOutcomes([...others, ...better]).right);
}

function cellsOf(outcomes: Outcomes, proved: string): string[] {
  const { endpoints, right, broken, missed, wrong, needless, specialPurpose } = outcomes;
  return [String(endpoints), String(right), proved, ...[broken, missed, wrong, needless, specialPurpose].map(String)];
}

function missTable(judgement: Judgement): Table {
  const rows = [...missesOf(judgement)].map(([title, miss]) => [title, miss, knownMisses[title] ?? 'NOT KNOWN']);
  return { header: ['STACK AND SERVICE', 'WHAT IS WRONG', 'WHY IT STAYS'], rows };
}

function peerTable(corpus: readonly Entry[], verdicts: readonly Verdict[]): Table {
  const row = (title: string, score: (only: Part) => Score, source: string): string[] => [
    title,
    ...[metrics, everything].map(score).flatMap(peerCells),
    source,
  ];
  const group = (title: string): string[] => [`${title} FOUND`, 'RIGHT URL', 'WRONG TAKEN'];
  return {
    header: ['RULES', ...group('METRICS'), ...group('ALL'), 'SOURCE OF THE RULES'],
    rows: [
      row('dynamic-toolset', (only) => ownScore(verdicts, only), 'detectors/'),
      ...peers.map((peer) => row(peer.title, (only) => peerScore(peer, corpus, only), peer.source)),
    ],
  };
}

function peerCells({ backends, found, right, wrong }: Score): string[] {
  return [`${String(found)} of ${String(backends)}`, String(right), String(wrong)];
}

/** Only projects that lose an endpoint, then all of them. */
function leftOutTable(all: readonly LeftOut[]): Table {
  const row = (title: string, parts: readonly LeftOut[]): string[] => {
    const before = countOutcomes(parts.flatMap((one) => one.before));
    const after = countOutcomes(parts.flatMap((one) => one.after));
    const literals = parts.reduce((sum, one) => sum + one.literals, 0);
    return [title, ...[before.endpoints, literals, before.right, after.right, after.wrong].map(String)];
  };
  const worse = all.filter(({ before, after }) => countOutcomes(after).right < countOutcomes(before).right);
  return {
    header: ['PROJECT LEFT OUT', 'ENDPOINTS', 'LITERALS REMOVED', 'RIGHT BEFORE', 'RIGHT WITHOUT', 'WRONG WITHOUT'],
    rows: [...worse.map((one) => row(one.project, [one])), row(`all ${String(all.length)} projects`, all)],
  };
}

function sideBySideTable(pairs: readonly Pair[]): Table {
  const row = (title: string, some: readonly Pair[]): string[] => {
    const { whole, told, silent, gained, ...all } = tally(some);
    return [title, ...[all.pairs, whole, told, silent, gained].map(String)];
  };
  const byProduct = Map.groupBy(pairs, ({ product }) => product);
  const rows = detectors.flatMap((product) => {
    const some = byProduct.get(product);
    return some ? [row(product.id, some)] : [];
  });
  return {
    header: ['PRODUCT', 'PAIRS', 'BOTH WHOLE', 'LOST, AND TOLD HOW TO TAKE IT', 'LOST', 'NEEDLESS'],
    rows: [...rows, row('all', pairs)],
  };
}
