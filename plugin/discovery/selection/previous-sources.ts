import type { SourceLine } from '../../cluster/sources-annotation.ts';
import { sourceLines, sourceNotes as notes } from '../../cluster/sources-annotation.ts';
import type { LiveConfigMap } from '../../cluster/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Candidate, ProbedPart, Proof } from '../decision.ts';
import type { LearnedFacts } from '../first-question/facts.ts';
import { learnedIn, wordsOf } from '../first-question/remembered.ts';
import { probedParts, proofKinds, proofParts, urlOf } from '../decision.ts';

/** Prefix of the URL parts that a probe found out: `probe:path+host`. */
const probeWord = 'probe:';

/** What the live ConfigMap remembers about a backend: its place, and findings that are not looked up again. */
export interface PreviouslyAdmittedBackend {
  readonly url: string;
  readonly needsCredential: boolean;
  /** Answers only with a tenant. */
  readonly needsTenant: boolean;
  /** What the store told when asked what a first query needs; `null` where it was not asked. */
  readonly learned: LearnedFacts | null;
  readonly proofs: readonly Proof[];
  /** URL parts that a probe found out. */
  readonly probed: readonly ProbedPart[];
  /** Position in the order, starting at 0: an admitted backend precedes all that came later. */
  readonly place: number;
  /** Removed because it was unhealthy for too long; it gets its place back once it is healthy. */
  readonly evicted: boolean;
}

/** By `toolset namespace/name`. */
export type PreviouslyAdmitted = ReadonlyMap<string, PreviouslyAdmittedBackend>;

/** Everything that the live ConfigMap remembers. */
export interface Memory {
  readonly admitted: PreviouslyAdmitted;
  /** Keys of suspects that evidence did not prove. */
  readonly unproved: ReadonlySet<string>;
  /** Time of writing in milliseconds since the epoch; `null` where unknown. */
  readonly writtenAt: number | null;
}

/** A backend that is in the ConfigMap, was evicted from it, or is not proved by evidence. */
export interface Source {
  readonly candidate: Candidate;
  readonly state: 'in' | 'evicted' | 'unproved';
  /** Further words to remember, from which it can be written again while its cluster cannot be read. */
  readonly words?: readonly string[];
  /** There is no room for what its store told: the store is asked again in each run. */
  readonly forgets?: true;
}

/**
 * Maximum length of the annotation with the sources, in characters: the API server accepts 256 KB for all annotations
 * of a ConfigMap together. It has room for the maximum number of untrusted backends with the longest names.
 */
export const maxSourcesText = 200 * 1024;
/** The part of it that is reserved for what stores told. */
export const maxLearned = 24_000;

/** All admitted sources, and as many others, best first, as there is room for. */
export function limitToRoom(admitted: readonly Source[], others: readonly Source[]): ReadonlySet<Source> {
  let room = admitted.reduce((left, source) => left - lengthOf(source), maxSourcesText - maxLearned);
  const kept = new Set(admitted);
  for (const source of others) {
    room -= lengthOf(source);
    if (room >= 0) kept.add(source);
  }
  return kept;
}

/** Length with a line for its toolset, as if it were the only source there, and without what its store told. */
function lengthOf(source: Source): number {
  return `${writeSourceLines([sourceLine(source, [])])}\n`.length;
}

/**
 * Writes one line per backend under its toolset, in their order; toolsets in the order of their first backend. A
 * line has the Service, its URL, whether it needs a credential, the evidence that was read and what it told, what a
 * first query needs, and whether it was evicted or not proved. Lines are indented, because Argo CD's UI folds a
 * text in which a long line starts without a space.
 */
export function writeSources(sources: readonly Source[]): string {
  return writeSourceLines(sources.map((source) => sourceLine(source, learnedWords(source))));
}

function learnedWords({ candidate: { learned }, forgets }: Source): readonly string[] {
  return learned === undefined || forgets ? [] : wordsOf(learned);
}

function sourceLine({ candidate, state, words: more = [] }: Source, learned: readonly string[]): SourceLine {
  const { toolset, service, endpoint, needsCredential, needsTenant, proofs = [] } = candidate;
  const { probed = [] } = endpoint;
  const words = [
    // A missing tenant is a missing credential.
    needsTenant === true ? [notes.tenant] : needsCredential ? [notes.credential] : [],
    proofs.map(({ by, parts }) => (parts.length > 0 ? `${by}:${parts.join('+')}` : by)),
    probed.length > 0 ? [`${probeWord}${probed.join('+')}`] : [],
    learned,
    more,
    state === 'in' ? [] : [notes[state]],
  ].flat();
  // Without proof, the URL is unknown.
  return { toolset, service: keyOf(service), url: state === 'unproved' ? '-' : urlOf(endpoint), words };
}

export function readMemory(live: LiveConfigMap | null): Memory {
  const admitted = new Map<string, PreviouslyAdmittedBackend>();
  const unproved = new Set<string>();
  for (const line of sourceLines(live?.annotations ?? {})) {
    const { url, words } = line;
    const key = lineKey(line);
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

/** Writes the annotation from these lines. */
export function writeSourceLines(lines: readonly SourceLine[]): string {
  const byToolset = Map.groupBy(lines, ({ toolset }) => toolset);
  return [...byToolset]
    .flatMap(([toolset, some]) => [
      `${toolset}:`,
      ...some.map(({ service, url, words }) => `  ${[service, url, ...words].join(' ')}`),
    ])
    .join('\n');
}

/** The state of the Service in a line. */
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
  const [kind, partsText = ''] = word.split(':');
  const by = proofKinds.find((one) => one === kind);
  const words = partsText.split('+');
  return by === undefined ? null : { by, parts: proofParts.filter((part) => words.includes(part)) };
}

/** The key of a candidate in the memory. */
export function sourceKey({ toolset, service }: Pick<Candidate, 'toolset' | 'service'>): string {
  return lineKey({ toolset, service: keyOf(service) });
}

/** The same for a line of the annotation. */
export function lineKey({ toolset, service }: Pick<SourceLine, 'toolset' | 'service'>): string {
  return `${toolset} ${service}`;
}
