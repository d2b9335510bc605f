import type { LiveConfigMap } from '../cluster/state.ts';
import type { Candidate } from './decision.ts';
import { keyOf, urlOf } from './decision.ts';

/** Says which Service each toolset came from: for people, and as health's memory of what is admitted. */
export const sourcesAnnotation = 'kubernaut.io/toolset-sources';

const credentialNote = 'needs-credential';

/** What the live ConfigMap remembers of a backend: what a probe found out, which is not asked again. */
export interface Remembered {
  readonly url: string;
  readonly needsCredential: boolean;
}

/** By `toolset namespace/name`. */
export type Memory = ReadonlyMap<string, Remembered>;

/** One line for each backend: toolset, Service, URL, and whether it answers only with a credential. */
export function writeSources(admitted: readonly Candidate[]): string {
  const lines = admitted.map((candidate) =>
    [memoryKey(candidate), urlOf(candidate.endpoint), ...(candidate.needsCredential ? [credentialNote] : [])].join(' '),
  );
  return lines.sort().join('\n');
}

/** Lines that say something else, as a hand edit may leave them, are passed over. */
export function readSources(live: LiveConfigMap | null): Memory {
  const lines = (live?.annotations[sourcesAnnotation] ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [toolset = '', service = '', url = '', note] = line.split(' ');
      if (toolset === '' || !service.includes('/')) return [];
      return [[`${toolset} ${service}`, { url, needsCredential: note === credentialNote }] as const];
    }),
  );
}

/** How the memory names a candidate. */
export function memoryKey({ toolset, service }: Pick<Candidate, 'toolset' | 'service'>): string {
  return `${toolset} ${keyOf(service)}`;
}
