import type { LiveConfigMap } from '../../cluster/types.ts';
import type { SourceLine } from '../../cluster/sources-annotation.ts';
import { sourceLines, sourcesAnnotation } from '../../cluster/sources-annotation.ts';
import { writeSourceLines } from '../selection/previous-sources.ts';

/** The lines about Services of one cluster, which they no longer name. Names of clusters may have slashes, those of Services have none. */
export function linesOfCluster(live: LiveConfigMap | null, cluster: string): readonly SourceLine[] {
  return sourceLines(live?.annotations ?? {}).flatMap((line) => {
    const [name = '', namespace = '', ...rest] = line.service.split('/').reverse();
    return rest.reverse().join('/') === cluster ? [{ ...line, service: `${namespace}/${name}` }] : [];
  });
}

/** The names of the clusters that the ConfigMap remembers Services of; none where it was made of one alone. */
export function clustersIn(live: LiveConfigMap | null): readonly string[] {
  const names = sourceLines(live?.annotations ?? {}).map(({ service }) => service.split('/').slice(0, -2).join('/'));
  return [...new Set(names)].filter((name) => name !== '').sort();
}

/** The ConfigMap as if it had been made of that cluster alone, as far as discovery reads it. */
export function liveOfCluster(live: LiveConfigMap, cluster: string): LiveConfigMap;
export function liveOfCluster(live: LiveConfigMap | null, cluster: string): LiveConfigMap | null;
export function liveOfCluster(live: LiveConfigMap | null, cluster: string): LiveConfigMap | null {
  if (!live) return null;
  const text = writeSourceLines(linesOfCluster(live, cluster));
  return { ...live, annotations: { ...live.annotations, [sourcesAnnotation]: text } };
}
