import type { StoreApi } from '../../../detectors/stores/types.ts';
import type { StoreContent } from '../../cluster/stores/question.ts';
import { compare } from '../../lib/object-key.ts';
import type { DeclaredTenants, LearnedFacts } from './facts.ts';
import { allIndices, labelNames, maxIndexPatterns } from './facts.ts';

/** What decides about an answer besides the store. */
export interface AnswerContext {
  readonly api: Pick<StoreApi, 'labels'>;
  /** Tenants that another source declares; none by default. */
  readonly declared?: DeclaredTenants | null;
  /** The cluster label that the settings name; empty, the default, for none. */
  readonly askedFor?: string;
  /** Namespaces of this cluster that contain Services. */
  readonly namespaces: () => ReadonlySet<string>;
}

/** Evaluates the content of a store. */
export function learnedFrom(
  { tenants, names, clusterLabel, clusters, indices = [] }: StoreContent,
  { api: { labels }, declared = null, askedFor = '', namespaces }: AnswerContext,
): LearnedFacts {
  const holdsSeveral = clusters !== null && clusters.size > 1;
  const isNamed = askedFor !== '' && clusterLabel === askedFor;
  const value = holdsSeveral ? ownCluster(clusters, namespaces()) : null;
  return {
    tenants: declared?.from === 'resource' ? declared.tenants : tenants,
    labels: labelNames((meaning) => labels[meaning]?.find((one) => names.has(one))),
    ...(clusterLabel !== null && (holdsSeveral || isNamed) ? { cluster: { label: clusterLabel, value } } : {}),
    ...(indices.length > 0 ? { indices: patternsOf(indices) } : {}),
    askedFor,
  };
}

/** With more indices than this, the answer may be incomplete. */
const maxIndices = 100;
/** `.ds-logs-app-default-2026.11.28-000001` is an index of the data stream `logs-app-default`. */
const ofDataStream = /^\.ds-(.+?)(?:-\d{4}\.\d{2}\.\d{2})?-\d{6}$/;
/** A date, a version or a rollover number, with everything behind it. */
const ofSeries =
  /^([a-z].*?[-_.])(?:(?:\d{4}(?:[-_.]?\d{2}|\.w\d{2})|\d{6})(?:[-_.]?\d{2})*|\d+\.\d+\.\d+)(?:[-_.].*)?$/s;

/**
 * `logstash-*` for `logstash-2026.11.28`, sorted by name; all indices where there
 * are more patterns than a search takes.
 */
function patternsOf(indices: readonly string[]): readonly string[] {
  const patterns = new Set(indices.map((index) => ofDataStream.exec(index)?.[1] ?? seriesOf(index) ?? index));
  const isShort = indices.length <= maxIndices && patterns.size <= maxIndexPatterns;
  return isShort ? [...patterns].sort(compare) : [allIndices];
}

function seriesOf(index: string): string | null {
  const [, stem] = ofSeries.exec(index) ?? [];
  return stem === undefined ? null : `${stem}*`;
}

/**
 * The cluster with this cluster's namespaces: it has no others, no other cluster has one that it lacks, and at least
 * one of its namespaces occurs nowhere else (every cluster has a kube-system). `null` where no cluster qualifies.
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
