import type { SourceLine } from '../../cluster/sources-annotation.ts';
import { sourceLines, sourceNotes as notes } from '../../cluster/sources-annotation.ts';
import type { LiveConfigMap } from '../../cluster/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Candidate, ProbedPart, Proof } from '../decision.ts';
import type { LearnedFacts } from '../first-question/facts.ts';
import { learnedIn, wordsOf } from '../first-question/remembered.ts';
import { probedParts, proofKinds, proofParts, urlOf } from '../decision.ts';

/** Before the parts of the URL that a probe found out: `probe:path+host`. */
const probeWord = 'probe:';

/** What the live ConfigMap remembers of a backend: what was found out, which is not asked again, and its place. */
export interface PreviouslyAdmittedBackend {
  readonly url: string;
  readonly needsCredential: boolean;
  /** It answers only for a tenant. */
  readonly needsTenant: boolean;
  /** What it told when it was asked what a first query needs; `null` where it was not. */
  readonly learned: LearnedFacts | null;
  readonly proofs: readonly Proof[];
  /** Parts of the URL that a probe found out. */
  readonly probed: readonly ProbedPart[];
  /** Of an order in which 0 is the first: a backend that is in has its place before all that came later. */
  readonly place: number;
  /** It was unhealthy for too long and is not in, but gets its place back once it is healthy. */
  readonly evicted: boolean;
}

/** By `toolset namespace/name`. */
export type PreviouslyAdmitted = ReadonlyMap<string, PreviouslyAdmittedBackend>;

/** What the live ConfigMap remembers. */
export interface Memory {
  readonly admitted: PreviouslyAdmitted;
  /** Keys of those that evidence was asked about and did not prove. */
  readonly unproved: ReadonlySet<string>;
  /** When it was written, in milliseconds since the epoch; `null` where nothing tells. */
  readonly writtenAt: number | null;
}

/** A backend that is in, or that was evicted from its place, or that evidence did not prove. */
export interface Source {
  readonly candidate: Candidate;
  readonly state: 'in' | 'evicted' | 'unproved';
  /** What else is remembered, by which it can be told of again without its cluster. */
  readonly words?: readonly string[];
  /** There is no room for what its store told: it is asked in each run. */
  readonly forgets?: true;
}

/**
 * Characters of the annotation with the sources: the API server takes 256 KB of all annotations of a ConfigMap together. As many
 * untrusted backends as may be in, with the longest names, have room.
 */
export const maxSourcesText = 200 * 1024;
/** Of these, for all that stores told. */
export const maxLearned = 24_000;

/** Those that are in, and of the others, best first, as many as there is room for. */
export function withinRoom(admitted: readonly Source[], others: readonly Source[]): ReadonlySet<Source> {
  let room = admitted.reduce((left, source) => left - lengthOf(source), maxSourcesText - maxLearned);
  const kept = new Set(admitted);
  for (const source of others) {
    room -= lengthOf(source);
    if (room >= 0) kept.add(source);
  }
  return kept;
}

/** With the line of its toolset, as if it were the only one, and without what stores told. */
function lengthOf(source: Source): number {
  return sourceLine(source, []).length + source.candidate.toolset.length + ':\n\n'.length;
}

/**
 * Under each toolset one line for each backend, in their order, the toolsets in that of their first: Service, URL, whether it answers only with a credential,
 * which evidence was read and what it told, what a first query needs, whether it was evicted or not proved. Indented,
 * because Argo CD's UI folds a text in which a long line begins without a space.
 */
export function writeSources(sources: readonly Source[]): string {
  const byToolset = Map.groupBy(sources, ({ candidate: { toolset } }) => toolset);
  return [...byToolset]
    .flatMap(([toolset, some]) => [`${toolset}:`, ...some.map((source) => sourceLine(source, learnedWords(source)))])
    .join('\n');
}

function learnedWords({ candidate: { learned }, forgets }: Source): readonly string[] {
  return learned === undefined || forgets ? [] : wordsOf(learned);
}

function sourceLine({ candidate, state, words: more = [] }: Source, learned: readonly string[]): string {
  const { service, endpoint, needsCredential, needsTenant, proofs = [] } = candidate;
  const { probed = [] } = endpoint;
  const words = [
    // A tenant that is not known is a credential that is missing.
    needsTenant === true ? [notes.tenant] : needsCredential ? [notes.credential] : [],
    proofs.map(({ by, parts }) => (parts.length > 0 ? `${by}:${parts.join('+')}` : by)),
    probed.length > 0 ? [`${probeWord}${probed.join('+')}`] : [],
    learned,
    more,
    state === 'in' ? [] : [notes[state]],
  ].flat();
  // Where nothing proves it, nothing says that this is its URL.
  return `  ${[keyOf(service), state === 'unproved' ? '-' : urlOf(endpoint), ...words].join(' ')}`;
}

export function readMemory(live: LiveConfigMap | null): Memory {
  const admitted = new Map<string, PreviouslyAdmittedBackend>();
  const unproved = new Set<string>();
  for (const { toolset, service, url, words } of sourceLines(live?.annotations ?? {})) {
    const key = `${toolset} ${service}`;
    if (words.includes(notes.unproved)) unproved.add(key);
    else if (!admitted.has(key))
      admitted.set(key, {
        url,
        needsCredential: words.includes(notes.credential) || words.includes(notes.tenant),
        needsTenant: words.includes(notes.tenant),
        learned: learnedIn(words),
        proofs: words.flatMap((word) => proofOf(word) ?? []),
        probed: probedIn(words),
        evicted: words.includes(notes.evicted),
        place: admitted.size,
      });
  }
  return { admitted, unproved, writtenAt: live?.rememberedAt ?? null };
}

/** The annotation of these lines, as `writeSources` writes it. */
export function writeSourceLines(lines: readonly SourceLine[]): string {
  const byToolset = Map.groupBy(lines, ({ toolset }) => toolset);
  return [...byToolset]
    .flatMap(([toolset, some]) => [
      `${toolset}:`,
      ...some.map(({ service, url, words }) => `  ${[service, url, ...words].join(' ')}`),
    ])
    .join('\n');
}

/** What became of the Service of a line. */
export function stateOf({ words }: SourceLine): Source['state'] {
  if (words.includes(notes.unproved)) return 'unproved';
  return words.includes(notes.evicted) ? 'evicted' : 'in';
}

function probedIn(words: readonly string[]): readonly ProbedPart[] {
  const word = words.find((one) => one.startsWith(probeWord)) ?? probeWord;
  const parts = word.slice(probeWord.length).split('+');
  return probedParts.filter((part) => parts.includes(part));
}

function proofOf(word: string): Proof | null {
  if (word.startsWith(probeWord)) return null;
  const [kind, told = ''] = word.split(':');
  const by = proofKinds.find((one) => one === kind);
  const words = told.split('+');
  return by === undefined ? null : { by, parts: proofParts.filter((part) => words.includes(part)) };
}

/** How the memory names a candidate. */
export function sourceKey({ toolset, service }: Pick<Candidate, 'toolset' | 'service'>): string {
  return `${toolset} ${keyOf(service)}`;
}
