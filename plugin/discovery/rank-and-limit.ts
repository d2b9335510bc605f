import { keyOf } from '../lib/object-key.ts';
import { warning } from '../lib/diagnostic.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Candidate, ToolsetClaim } from './decision.ts';
import type { Redundancy, Selection } from './deduplicate.ts';
import { byKey, frontRank } from './deduplicate.ts';
import type { PreviouslyAdmitted } from './previous-sources.ts';
import { sourceKey } from './previous-sources.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { hostLabels, hostProducts } from '../../detectors/excluded-names.ts';
import type { ServiceView } from '../../detectors/types.ts';

/** What decides between backends besides what they are. */
export interface RankingContext {
  /** What is in the live ConfigMap. */
  readonly previouslyAdmitted: PreviouslyAdmitted;
  readonly isTrusted: (namespace: string) => boolean;
}

/** A candidate that may not enter, and why. */
export interface Denial {
  readonly candidate: Candidate;
  readonly because: Reason;
}

/** Which backends the consumer is told of, in that order. */
export interface Admission extends Selection {
  readonly denied: readonly Denial[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Flood limits per untrusted namespace and in total, so that no team fills the ConfigMap of all. With maximal names, 100
 * candidates leave time for other probes, and 400 backends stay below 900 KB.
 */
const maxPerNamespace = 100;
const maxUntrusted = 400;

/** Leaves out what is too much of a namespace that is not trusted. What is in the ConfigMap already comes first. */
export function capPerNamespace(
  candidates: readonly Candidate[],
  { previouslyAdmitted, isTrusted }: RankingContext,
): { readonly kept: readonly Candidate[]; readonly denied: readonly Denial[] } {
  const rank = (candidate: Candidate): number => (previouslyAdmitted.has(sourceKey(candidate)) ? 0 : 1);
  const denied = [...Map.groupBy(candidates, ({ service }) => service.namespace)].flatMap(([namespace, own]) => {
    if (own.length <= maxPerNamespace || isTrusted(namespace)) return [];
    const reason = because('NamespaceLimit', { limit: maxPerNamespace, namespace });
    const last = own.toSorted((a, b) => rank(a) - rank(b) || byKey(a, b)).slice(maxPerNamespace);
    return last.map((candidate) => ({ candidate, because: reason }));
  });
  const out = new Set(denied.map(({ candidate }) => candidate));
  return { kept: candidates.filter((candidate) => !out.has(candidate)), denied };
}

/**
 * One backend for each toolset of which the consumer knows no more, or of which the settings want one, and one for each
 * name. Trusted namespaces come first, then what serves the whole cluster, then what is in the ConfigMap already:
 * nothing new displaces that.
 */
export function rankAndLimit(
  { backends, redundant }: Selection,
  context: RankingContext,
  supportsMultiple: (claim: ToolsetClaim) => boolean,
): Admission {
  const holders = new Map<string, Candidate>();
  const admitted: Candidate[] = [];
  const displaced: Redundancy[] = [];
  const denied: Denial[] = [];
  const warnings: Diagnostic[] = [];
  let untrusted = 0;
  for (const candidate of backends.toSorted(byPreference(context))) {
    const found = displacementOf(candidate, holders, supportsMultiple);
    if (found) {
      displaced.push(found);
      if (found.because.reason === 'NameTaken') {
        warnings.push(warning('NAME_CLAIMED', `${keyOf(candidate.service)}: ${found.because.message}`));
      }
      continue;
    }
    if (!context.isTrusted(candidate.service.namespace)) untrusted += 1;
    if (untrusted > maxUntrusted) {
      denied.push({ candidate, because: because('UntrustedLimit', { limit: maxUntrusted }) });
      continue;
    }
    admitted.push(candidate);
    for (const key of keysOf(candidate)) if (!holders.has(key)) holders.set(key, candidate);
  }
  return { backends: admitted, redundant: [...redundant, ...displaced], denied, warnings };
}

/** Order in which the consumer is told of several backends: the first one is what people take for the default. */
export function byPreference({
  previouslyAdmitted,
  isTrusted,
}: RankingContext): (a: Candidate, b: Candidate) => number {
  const weight = (candidate: Candidate): number =>
    (isTrusted(candidate.service.namespace) ? 0 : 4) +
    (specialPurposeOf(candidate.service) === null ? 0 : 2) +
    (previouslyAdmitted.has(sourceKey(candidate)) ? 0 : 1);
  return (a, b) => weight(a) - weight(b) || frontRank(a) - frontRank(b) || byKey(a, b);
}

/** A backend that has the place or the name already. A template of the user's own tells of one backend. */
function displacementOf(
  candidate: Candidate,
  holders: ReadonlyMap<string, Candidate>,
  supportsMultiple: (claim: ToolsetClaim) => boolean,
): Redundancy | null {
  const { detector, service, instance } = candidate;
  const [placeKey, nameKey, toolKey] = keysOf(candidate);
  const place = holders.get(placeKey);
  if (place && (!supportsMultiple(candidate) || detector.template !== undefined)) {
    const values = { name: service.name, winner: keyOf(place.service) };
    return { candidate, winner: place, because: because('SingleBackend', values) };
  }
  const holder = holders.get(nameKey) ?? (place ? undefined : holders.get(toolKey));
  if (!holder) return null;
  const values = { instance, winner: keyOf(holder.service) };
  return { candidate, winner: holder, because: because('NameTaken', values) };
}

/**
 * What a backend takes up: its toolset, its name there, and the toolset's name as a tool's. HolmesGPT fails a toolset in
 * which two backends have one name, and reads `-` and `/` in a toolset's as the same.
 */
function keysOf({ toolset, instance }: Candidate): readonly [place: string, name: string, tool: string] {
  return [toolset, `${toolset} ${instance}`, `tool ${toolset.replace(/[-/]/g, '_')}`];
}

const hostLabelKeys = ['release', 'app.kubernetes.io/instance', 'app.kubernetes.io/part-of'];

/** The product that brought this backend for itself, or `null` for one that serves the cluster. */
export function specialPurposeOf({ namespace, labels }: ServiceView): string | null {
  const owner = hostLabels.find((key) => labels[key] !== undefined);
  if (owner !== undefined) return owner;
  const told = [...hostLabelKeys.flatMap((key) => labels[key] ?? []), namespace];
  return (
    told.find((value) => hostProducts.has(value) || value.split('-').some((word) => hostProducts.has(word))) ?? null
  );
}
