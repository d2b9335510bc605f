import type { LiveConfigMap } from '../../cluster/types.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isOwnCluster } from '../../lib/cluster-name.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Spec } from '../../settings/schema/index.ts';
import { consumerEndpoint } from '../consumer-url.ts';
import type { Candidate, Decision } from '../decision.ts';
import { decide } from '../decision.ts';
import { hostProductOf } from '../host-product.ts';
import { because } from '../reasons.ts';
import { byKey } from '../selection/deduplicate.ts';
import type { Source } from '../selection/previous-sources.ts';
import { limitLearnedFacts } from '../selection/learned-room.ts';
import { readMemory, sourceKey, limitToRoom } from '../selection/previous-sources.ts';
import type { Admission } from '../selection/rank-and-limit.ts';
import { rankAndLimit } from '../selection/rank-and-limit.ts';
import type { RankingContext } from '../selection/ranking.ts';
import { byPreference } from '../selection/ranking.ts';
import type { SelectionResult } from '../selection/select-backends.ts';
import { emptinessWarnings } from '../selection/select-backends.ts';
import type { ReferenceTargets } from '../survey/reference-targets.ts';
import type { RememberedInputs } from './remembered-backends.ts';
import { rememberedSources, wordsFor } from './remembered-backends.ts';

/** The result of one cluster, or why it could not be read. */
export interface ClusterPart {
  /** Argo CD's name of the cluster. */
  readonly cluster: string;
  readonly found: SelectionResult | { readonly unread: Diagnostic };
}

/** A cluster's result together with what settings could name in it. */
export interface SurveyedPart extends ClusterPart {
  readonly found: (SelectionResult & { readonly referenceTargets: ReferenceTargets }) | { readonly unread: Diagnostic };
}

/** Inputs for combining clusters. */
export interface FleetInputs extends RememberedInputs {
  readonly live: LiveConfigMap | null;
}

/**
 * Limit of untrusted backends across all clusters. It is lower than for one cluster, so that the annotations have room
 * for the longest cluster names and for what is remembered in case a cluster cannot be read.
 */
const maxUntrusted = 200;

/** A source of one cluster, with its backend's place in the order of preference. */
interface PlacedSource {
  readonly source: Source;
  readonly order: readonly number[];
}

/**
 * Combines several clusters, in the order of the settings. A cluster that could not be read keeps its entries in the
 * ConfigMap. Where the settings or the consumer allow only one backend, the first cluster that has one provides it.
 */
export function combineClusters(parts: readonly ClusterPart[], inputs: FleetInputs): SelectionResult {
  const { consumer, live, spec, isTrusted } = inputs;
  const placed = parts.flatMap((part, index) => placedOf(part, index, inputs));
  const ranks = new Map(placed.map(({ source, order }) => [source.candidate, order]));
  const previouslyAdmitted = readMemory(live).admitted;
  const ranking: RankingContext = {
    previouslyAdmitted,
    isTrusted,
    // Nothing new from an untrusted namespace of any cluster comes before what is already admitted.
    rankOf: (candidate) => {
      const order = ranks.get(candidate) ?? [];
      if (isTrusted(candidate.service.namespace)) return [0, ...order];
      return [1, previouslyAdmitted.get(sourceKey(candidate))?.place ?? Infinity, ...order];
    },
  };
  const candidatesIn = (state: Source['state']): Candidate[] =>
    placed.flatMap(({ source }) => (source.state === state ? [source.candidate] : []));
  const admission = rankAndLimit(
    { backends: candidatesIn('in'), redundant: [] },
    ranking,
    consumer.supportsMultiple,
    maxUntrusted,
  );
  const admitted = admission.backends.map((one) => ({ ...one, endpoint: consumerEndpoint(one, spec) }));
  const sources = new Map(placed.map(({ source }) => [source.candidate, source]));
  const of = (some: readonly Candidate[]): Source[] => some.flatMap((one) => sources.get(one) ?? []);
  const ordered = byPreference([...admission.backends, ...candidatesIn('evicted')], ranking);
  const rest = [...candidatesIn('evicted'), ...candidatesIn('unproved')];
  const kept = limitToRoom(of(admission.backends), of(rest));
  return {
    admitted,
    sources: limitLearnedFacts(
      of([...ordered, ...candidatesIn('unproved')]).filter((one) => kept.has(one)),
      isTrusted,
    ),
    decisions: decisionsOf(parts, placed, admission, spec).toSorted(byKey),
    warnings: [
      ...parts.flatMap((part) => warningsOf(part, placed)),
      ...admission.warnings,
      ...emptinessWarnings(admitted, spec),
    ],
  };
}

function placedOf({ cluster, found }: ClusterPart, index: number, inputs: FleetInputs): readonly PlacedSource[] {
  if ('unread' in found) {
    return rememberedSources(inputs.live, cluster, inputs).map(({ isSpecial, ...source }, place) => ({
      source: { ...source, candidate: inCluster(source.candidate, cluster) },
      order: [isSpecial ? 1 : 0, index, place],
    }));
  }
  return found.sources.map(({ candidate, state }, place) => ({
    source: {
      candidate: inCluster(candidate, cluster),
      state,
      ...(isOwnCluster(cluster) ? {} : { words: wordsFor(candidate, inputs.spec) }),
    },
    order: [hostProductOf(candidate) === null ? 0 : 1, index, place],
  }));
}

function inCluster(candidate: Candidate, cluster: string): Candidate {
  const service = { ...candidate.service, cluster };
  return { ...candidate, service, instance: `${cluster}/${candidate.instance}` };
}

/** The decisions of each cluster, except for backends that exceed the limits of all clusters together. */
function decisionsOf(
  parts: readonly ClusterPart[],
  placed: readonly PlacedSource[],
  { backends, redundant, denied }: Admission,
  spec: Spec,
): Decision[] {
  const unread = new Set(parts.flatMap(({ cluster, found }) => ('unread' in found ? [cluster] : [])));
  const others = [
    ...redundant.map((one) => decide(one.candidate, 'redundant', one.because)),
    ...denied.map((one) => decide(one.candidate, 'denied', one.because)),
  ];
  const out = new Set(others.map(({ service }) => keyOf(service)));
  const surveyed = parts.flatMap(({ cluster, found }) =>
    'unread' in found ? [] : found.decisions.map((one) => ({ ...one, service: { ...one.service, cluster } })),
  );
  const kept = placed.flatMap(({ source: { candidate } }) => {
    const { cluster = '', name } = candidate.service;
    if (!unread.has(cluster) || !backends.includes(candidate)) return [];
    const { reason, message } = because('ClusterUnread', { cluster });
    const endpoint = consumerEndpoint(candidate, spec);
    return [decide({ ...candidate, endpoint }, 'selected', { reason, message: `${name} ${message}` })];
  });
  return [...surveyed.filter(({ service }) => !out.has(keyOf(service))), ...others, ...kept];
}

/** Warnings name their cluster. That one of several clusters has no backend needs no warning. */
function warningsOf({ cluster, found }: ClusterPart, placed: readonly PlacedSource[]): Diagnostic[] {
  if (!('unread' in found)) {
    const own = found.warnings.filter(({ code }) => code !== 'NOTHING_DISCOVERED');
    return own.map((one) => ({ ...one, message: `cluster ${cluster}: ${one.message}` }));
  }
  const kept = placed.filter(
    ({ source: { candidate, state } }) => candidate.service.cluster === cluster && state === 'in',
  );
  const message =
    kept.length === 0
      ? 'the ConfigMap has no backends of it to keep'
      : kept.length === 1
        ? 'its backend in the ConfigMap stays unchanged'
        : `its ${String(kept.length)} backends in the ConfigMap stay unchanged`;
  return [{ ...found.unread, message: `${found.unread.message}: ${message}` }];
}

/** What settings could name in any of the clusters. */
export function referenceTargetsInAny(parts: readonly SurveyedPart[]): ReferenceTargets {
  const all = parts.flatMap(({ found }) => ('unread' in found ? [] : [found.referenceTargets]));
  const isWhole = all.length === parts.length && all.every(({ namespaces }) => namespaces !== null);
  const union = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())].sort();
  return {
    scope: all[0]?.scope ?? 'cluster',
    namespaces: isWhole ? union(all.map(({ namespaces }) => namespaces ?? [])) : null,
    ofServices: union(all.map(({ ofServices }) => ofServices)),
    selectsService: all.some(({ selectsService }) => selectsService),
    selectsNamespace: all.some(({ selectsNamespace }) => selectsNamespace),
  };
}
