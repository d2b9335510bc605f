import type { LiveConfigMap } from '../cluster/state.ts';
import type { Candidate } from './decision.ts';
import { keyOf, urlOf } from './decision.ts';

/** Says which Service each toolset came from: for people, and as health's memory of what is admitted. */
export const sourcesAnnotation = 'kubernaut.io/toolset-sources';

/** One line for each backend: toolset, Service, URL. */
export function writeSources(admitted: readonly Candidate[]): string {
  const lines = admitted.map(
    ({ detector, service, endpoint }) => `${detector.toolset} ${keyOf(service)} ${urlOf(endpoint)}`,
  );
  return lines.sort().join('\n');
}

/** `toolset namespace/name` of each backend in the live ConfigMap; lines that say something else are passed over. */
export function readSources(live: LiveConfigMap | null): ReadonlySet<string> {
  const lines = (live?.annotations[sourcesAnnotation] ?? '').split('\n');
  return new Set(lines.flatMap((line) => /^\S+ \S+\/\S+(?= |$)/.exec(line)?.[0] ?? []));
}

/** How `readSources` names a candidate. */
export function admittedKey({ detector, service }: Candidate): string {
  return `${detector.toolset} ${keyOf(service)}`;
}
