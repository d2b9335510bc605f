import type { LiveConfigMap } from '../../cluster/types.ts';
import type { SourceLine } from '../../cluster/sources-annotation.ts';
import { sourceLines, sourcesAnnotation } from '../../cluster/sources-annotation.ts';
import { writeSourceLines } from '../selection/previous-sources.ts';

/**
 * The remembered lines of one cluster, with its name removed. Cluster names may contain slashes, Service names cannot.
 */
export function linesOfCluster(live: LiveConfigMap | null, cluster: string): readonly SourceLine[] {
  return sourceLines(live?.annotations ?? {}).flatMap((line) => {
    const [name = '', namespace = '', ...rest] = line.service.split('/').reverse();
    return rest.reverse().join('/') === cluster ? [{ ...line, service: `${namespace}/${name}` }] : [];
  });
}

/** Names of the clusters whose Services the ConfigMap remembers; empty where it was made from a single cluster. */
export function clustersIn(live: LiveConfigMap | null): readonly string[] {
  const names = sourceLines(live?.annotations ?? {}).map(({ service }) => service.split('/').slice(0, -2).join('/'));
  return [...new Set(names)].filter((name) => name !== '').sort();
}

/** The ConfigMap as if it had been made from that cluster alone, as far as discovery reads it. */
export function liveOfCluster(live: LiveConfigMap, cluster: string): LiveConfigMap;
export function liveOfCluster(live: LiveConfigMap | null, cluster: string): LiveConfigMap | null;
export function liveOfCluster(live: LiveConfigMap | null, cluster: string): LiveConfigMap | null {
  if (!live) return null;
  const text = writeSourceLines(linesOfCluster(live, cluster));
  return { ...live, annotations: { ...live.annotations, [sourcesAnnotation]: text } };
}
