import { sourcesAnnotation } from '../cluster/projections.ts';
import type { LiveConfigMap } from '../cluster/types.ts';
import { compareEntries, keyOf } from '../lib/object-key.ts';
import type { Candidate, ProbedPart } from './decision.ts';
import { probedParts, urlOf } from './decision.ts';

/** Says which Service each toolset came from: for people, and as health's memory of what is admitted. */
export { sourcesAnnotation };

const notes = { credential: 'needs-credential', evicted: 'evicted' } as const;
/** Before the parts of the URL that a probe found out: `probe:path+host`. */
const probeWord = 'probe:';

/** What the live ConfigMap remembers of a backend: what a probe found out, which is not asked again, and its place. */
export interface PreviouslyAdmittedBackend {
  readonly url: string;
  readonly needsCredential: boolean;
  /** Parts of the URL that a probe found out. */
  readonly probed: readonly ProbedPart[];
  /** Of an order in which 0 is the first: a backend that is in has its place before all that came later. */
  readonly place: number;
  /** It was unhealthy for too long and is not in, but gets its place back once it is healthy. */
  readonly evicted: boolean;
}

/** By `toolset namespace/name`. */
export type PreviouslyAdmitted = ReadonlyMap<string, PreviouslyAdmittedBackend>;

/** A backend that is in, or that was evicted from its place. */
export interface Source {
  readonly candidate: Candidate;
  readonly evicted: boolean;
}

/**
 * Under each toolset one line for each backend, in their order: Service, URL, what of it a probe found out, whether it answers only with a credential,
 * whether it was evicted. Indented, because Argo CD's UI folds a text in which a long line begins without a space.
 */
export function writeSources(sources: readonly Source[]): string {
  const byToolset = Map.groupBy(sources, ({ candidate: { toolset } }) => toolset);
  return [...byToolset]
    .sort(compareEntries)
    .flatMap(([toolset, some]) => [`${toolset}:`, ...some.map(sourceLine)])
    .join('\n');
}

function sourceLine({ candidate: { service, endpoint, needsCredential }, evicted }: Source): string {
  const { probed = [] } = endpoint;
  const words = [
    needsCredential ? [notes.credential] : [],
    probed.length > 0 ? [`${probeWord}${probed.join('+')}`] : [],
    evicted ? [notes.evicted] : [],
  ].flat();
  return `  ${[keyOf(service), urlOf(endpoint), ...words].join(' ')}`;
}

/** Lines that say something else, as a hand edit may leave them, are passed over. */
export function readSources(live: LiveConfigMap | null): PreviouslyAdmitted {
  const admitted = new Map<string, PreviouslyAdmittedBackend>();
  let toolset = '';
  for (const line of (live?.annotations[sourcesAnnotation] ?? '').split('\n')) {
    const [service = '', url = '', ...words] = line.trim().split(' ');
    if (!line.startsWith(' ')) toolset = line.endsWith(':') ? line.slice(0, -1) : '';
    else if (toolset !== '' && service.includes('/') && !admitted.has(`${toolset} ${service}`))
      admitted.set(`${toolset} ${service}`, {
        url,
        needsCredential: words.includes(notes.credential),
        probed: probedIn(words),
        evicted: words.includes(notes.evicted),
        place: admitted.size,
      });
  }
  return admitted;
}

function probedIn(words: readonly string[]): readonly ProbedPart[] {
  const parts =
    words
      .find((word) => word.startsWith(probeWord))
      ?.slice(probeWord.length)
      .split('+') ?? [];
  return probedParts.filter((part) => parts.includes(part));
}

/** How the memory names a candidate. */
export function sourceKey({ toolset, service }: Pick<Candidate, 'toolset' | 'service'>): string {
  return `${toolset} ${keyOf(service)}`;
}
