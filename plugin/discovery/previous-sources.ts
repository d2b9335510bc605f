import type { LiveConfigMap } from '../cluster/types.ts';
import { compareEntries, keyOf } from '../lib/object-key.ts';
import type { Candidate } from './decision.ts';
import { urlOf } from './decision.ts';

/** Says which Service each toolset came from: for people, and as health's memory of what is admitted. */
export const sourcesAnnotation = 'kubernaut.io/toolset-sources';

const credentialNote = 'needs-credential';

/** What the live ConfigMap remembers of a backend: what a probe found out, which is not asked again. */
export interface PreviouslyAdmittedBackend {
  readonly url: string;
  readonly needsCredential: boolean;
}

/** By `toolset namespace/name`. */
export type PreviouslyAdmitted = ReadonlyMap<string, PreviouslyAdmittedBackend>;

/**
 * Under each toolset one line for each backend: Service, URL, and whether it answers only with a credential. Indented,
 * because Argo CD's UI folds a text in which a long line begins without a space.
 */
export function writeSources(admitted: readonly Candidate[]): string {
  const byToolset = Map.groupBy(admitted, ({ toolset }) => toolset);
  return [...byToolset]
    .sort(compareEntries)
    .flatMap(([toolset, candidates]) => [`${toolset}:`, ...candidates.map(sourceLine).sort()])
    .join('\n');
}

function sourceLine({ service, endpoint, needsCredential }: Candidate): string {
  return `  ${[keyOf(service), urlOf(endpoint), ...(needsCredential ? [credentialNote] : [])].join(' ')}`;
}

/** Lines that say something else, as a hand edit may leave them, are passed over. */
export function readSources(live: LiveConfigMap | null): PreviouslyAdmitted {
  const admitted = new Map<string, PreviouslyAdmittedBackend>();
  let toolset = '';
  for (const line of (live?.annotations[sourcesAnnotation] ?? '').split('\n')) {
    const [service = '', url = '', note] = line.trim().split(' ');
    if (!line.startsWith(' ')) toolset = line.endsWith(':') ? line.slice(0, -1) : '';
    else if (toolset !== '' && service.includes('/'))
      admitted.set(`${toolset} ${service}`, { url, needsCredential: note === credentialNote });
  }
  return admitted;
}

/** How the memory names a candidate. */
export function sourceKey({ toolset, service }: Pick<Candidate, 'toolset' | 'service'>): string {
  return `${toolset} ${keyOf(service)}`;
}
