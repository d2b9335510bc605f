import type { LabelNames, StoreApi } from '../../../detectors/stores/types.ts';
import { meanings } from '../../../detectors/stores/types.ts';
import type { StoreContent } from '../../cluster/stores/question.ts';
import { compare } from '../../lib/object-key.ts';
import type { DeclaredTenants, LearnedFacts } from './facts.ts';
import { allIndices } from './facts.ts';

/** What the content of a store says. */
export function learnedFrom(
  { tenants, names, clusterLabel, clusters, indices = [] }: StoreContent,
  { labels }: StoreApi,
  declared: DeclaredTenants | null,
  askedFor: string,
  namespaces: () => ReadonlySet<string>,
): LearnedFacts {
  const holdsSeveral = clusters !== null && clusters.size > 1;
  const isNamed = askedFor !== '' && clusterLabel === askedFor;
  const value = holdsSeveral ? ownCluster(clusters, namespaces()) : null;
  return {
    tenants: declared?.from === 'resource' ? declared.tenants : tenants,
    labels: labelsIn(names, labels),
    ...(clusterLabel !== null && (holdsSeveral || isNamed) ? { cluster: { label: clusterLabel, value } } : {}),
    ...(indices.length > 0 ? { indices: patternsOf(indices) } : {}),
    askedFor,
  };
}

/** Each is a part of the name that a search takes. */
const maxPatterns = 4;
/** With more there may be others that the answer leaves out. */
const maxIndices = 100;
/** `.ds-logs-app-default-2026.11.28-000001` is an index of the data stream `logs-app-default`. */
const ofDataStream = /^\.ds-(.+?)(?:-\d{4}\.\d{2}\.\d{2})?-\d{6}$/;
/** A date, a version or the number of a rollover, and all behind it. */
const ofSeries =
  /^([a-z].*?[-_.])(?:(?:\d{4}(?:[-_.]?\d{2}|\.w\d{2})|\d{6})(?:[-_.]?\d{2})*|\d+\.\d+\.\d+)(?:[-_.].*)?$/s;

/** `logstash-*` of `logstash-2026.11.28`, by name; that of all indices where they have more names than a search takes. */
function patternsOf(indices: readonly string[]): readonly string[] {
  const patterns = new Set(indices.map((index) => ofDataStream.exec(index)?.[1] ?? seriesOf(index) ?? index));
  const isTold = indices.length <= maxIndices && patterns.size <= maxPatterns;
  return isTold ? [...patterns].sort(compare) : [allIndices];
}

function seriesOf(index: string): string | null {
  const [, stem] = ofSeries.exec(index) ?? [];
  return stem === undefined ? null : `${stem}*`;
}

function labelsIn(names: ReadonlySet<string>, candidates: StoreApi['labels']): LabelNames {
  return Object.fromEntries(
    meanings.flatMap((meaning) => {
      const name = candidates[meaning]?.find((one) => names.has(one));
      return name === undefined ? [] : [[meaning, name] as const];
    }),
  );
}

/**
 * The cluster whose namespaces are this one's: it has no other, no cluster has one of this one's that it lacks, and one of
 * them is nowhere else. `null` where that is none: every cluster has a kube-system.
 */
function ownCluster(
  clusters: ReadonlyMap<string, ReadonlySet<string>>,
  namespaces: ReadonlySet<string>,
): string | null {
  const found = [...clusters].map(([cluster, all]) => ({
    cluster,
    all,
    own: new Set([...all].filter((one) => namespaces.has(one))),
  }));
  const anyOwn = new Set(found.flatMap(({ own }) => [...own]));
  const matching = found.filter(
    ({ cluster, all, own }) => cluster !== '' && own.size === anyOwn.size && own.size === all.size,
  );
  const [only] = matching;
  if (!only || matching.length > 1) return null;
  const elsewhere = new Set(found.flatMap((one) => (one === only ? [] : [...one.own])));
  return [...only.own].every((one) => elsewhere.has(one)) ? null : only.cluster;
}
