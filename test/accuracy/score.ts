import type { Decision } from '../../plugin/discovery/decision.ts';
import type { Entry } from './corpus.ts';
import { stacks, titleOf } from './corpus.ts';
import type { Verdict } from './judge.ts';
import { judgeAlone, judgeStack } from './judge.ts';
import type { Peer } from './peers.ts';

/** Everything that is asked of discovery over the corpus. */
export interface Judgement {
  /** Each Service among those of its stack. */
  readonly together: readonly Verdict[];
  /** Each Service that would do by itself, by itself. */
  readonly alone: readonly Verdict[];
}

/** How a tool did on some entries of the corpus. */
export interface Score {
  /** Endpoints that a consumer should be told of. */
  readonly backends: number;
  /** Those whose Service the tool takes. */
  readonly found: number;
  /** Those of which port, scheme and path are right too. */
  readonly right: number;
  /** Services that it takes and must not. */
  readonly wrong: number;
}

/** A part of what is asked: by what the corpus expects of an entry, and by what a look-alike is taken for. */
export interface Part {
  readonly expected: (type: string) => boolean;
  readonly takenFor: (product: string) => boolean;
}

/** Backends that answer PromQL: what peers look for above all. */
export const metrics: Part = {
  expected: (type) => ['prometheus', 'thanos', 'victoriametrics', 'mimir', 'cortex'].includes(type),
  takenFor: (product) => product === 'metrics',
};

export const everything: Part = { expected: () => true, takenFor: () => true };

/** Judges the whole corpus. */
export async function judgeCorpus(entries: readonly Entry[]): Promise<Judgement> {
  const together: Verdict[] = [];
  const alone: Verdict[] = [];
  for (const stack of stacks(entries).values()) together.push(...(await judgeStack(stack)));
  for (const entry of entries) alone.push(...[await judgeAlone(entry)].filter((verdict) => verdict !== null));
  return { together, alone };
}

/** What is wrong, by `stack service`, with what it is. */
export function missesOf({ together, alone }: Judgement): ReadonlyMap<string, string> {
  const wrong = [
    ...alone.map((verdict) => ({ ...verdict, how: 'alone: ' })),
    ...together.map((v) => ({ ...v, how: '' })),
  ];
  return new Map(wrong.flatMap(({ entry, miss, how }) => (miss === null ? [] : [[titleOf(entry), `${how}${miss}`]])));
}

/** Our own score, by the same count as the peers'. */
export function ownScore(verdicts: readonly Verdict[], only: Part): Score {
  const own = verdicts.filter(({ entry, decision }) =>
    isLookAlike(entry) ? only.takenFor(productOf(decision)) : only.expected(entry.expected.type ?? ''),
  );
  const backends = own.filter(({ entry }) => isBackend(entry));
  return {
    backends: backends.length,
    found: backends.filter(({ decision }) => decision?.decision === 'selected').length,
    right: backends.filter(({ miss }) => miss === null).length,
    wrong: own.filter(({ entry, decision }) => isLookAlike(entry) && decision?.decision === 'selected').length,
  };
}

/** A peer's score: a Service that it takes is found, and right where its URL is. */
export function peerScore(peer: Peer, entries: readonly Entry[], only: Part): Score {
  const isPart = ({ expected }: Entry): boolean => only.expected(expected.type ?? '');
  const choices = [...stacks(entries).values()].flatMap((stack) => peer.choose(stack));
  const found = choices.filter(({ entry }) => isBackend(entry) && isPart(entry));
  return {
    backends: entries.filter((entry) => isBackend(entry) && isPart(entry)).length,
    found: found.length,
    right: found.filter(
      ({ entry: { expected }, port, scheme, path }) =>
        port === expected.port && scheme === expected.scheme && path === (expected.pathPrefix ?? ''),
    ).length,
    wrong: choices.filter(({ entry, product }) => isLookAlike(entry) && only.takenFor(product)).length,
  };
}

function productOf(decision: Decision | undefined): string {
  return decision?.toolset === 'prometheus/metrics' ? 'metrics' : (decision?.toolset ?? '');
}

/** MCP servers tell by annotation, and the corpus has none: like look-alikes they are not to be taken. */
export function isLookAlike({ expected }: Pick<Entry, 'expected'>): boolean {
  return expected.type === null || expected.type === 'mcp';
}

function isBackend(entry: Entry): boolean {
  return entry.expected.preferred === true && !isLookAlike(entry);
}
