import type { LabelNames, StoreApi } from '../../../detectors/stores/types.ts';
import { meanings } from '../../../detectors/stores/types.ts';
import type { StoreContent } from '../../cluster/stores/question.ts';
import type { DeclaredTenants, LearnedFacts } from './facts.ts';

/** What the content of a store says. */
export function learnedFrom(
  { tenants, names, clusterLabel, clusters }: StoreContent,
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
    askedFor,
  };
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
