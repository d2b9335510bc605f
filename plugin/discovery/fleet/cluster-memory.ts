import type { LiveConfigMap } from '../../cluster/types.ts';
import type { SourceLine } from '../../cluster/sources-annotation.ts';
import { sourceLines, sourcesAnnotation } from '../../cluster/sources-annotation.ts';
import { writeSourceLines } from '../selection/previous-sources.ts';

/** The remembered lines of one cluster, with its name removed. */
export function linesOfCluster(live: LiveConfigMap | null, cluster: string): readonly SourceLine[] {
  return linesIn(live).flatMap(([name, line]) => (name === cluster ? [line] : []));
}

/** Names of the clusters whose Services the ConfigMap remembers; empty where it was made from a single cluster. */
export function clustersIn(live: LiveConfigMap | null): readonly string[] {
  return [...new Set(linesIn(live).map(([name]) => name))].filter((name) => name !== '').sort();
}

/** Each line with the name of its cluster, which may contain slashes; empty for a single cluster. */
function linesIn(live: LiveConfigMap | null): readonly (readonly [cluster: string, line: SourceLine])[] {
  return sourceLines(live?.annotations ?? {}).map((line) => {
    const parts = line.service.split('/');
    return [parts.slice(0, -2).join('/'), { ...line, service: parts.slice(-2).join('/') }];
  });
}

/** The ConfigMap as if it had been made from that cluster alone, as far as discovery reads it. */
export function liveOfCluster(live: LiveConfigMap, cluster: string): LiveConfigMap;
export function liveOfCluster(live: LiveConfigMap | null, cluster: string): LiveConfigMap | null;
export function liveOfCluster(live: LiveConfigMap | null, cluster: string): LiveConfigMap | null {
  if (!live) return null;
  const text = writeSourceLines(linesOfCluster(live, cluster));
  return { ...live, annotations: { ...live.annotations, [sourcesAnnotation]: text } };
}
