import { keyOf } from '../lib/object-key.ts';
import { warning } from '../lib/diagnostic.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Candidate, ToolsetClaim } from './decision.ts';
import type { Redundancy, Selection } from './deduplicate.ts';
import { byKey, frontRank } from './deduplicate.ts';
import type { PreviouslyAdmitted } from './previous-sources.ts';
import { sourceKey } from './previous-sources.ts';
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
  readonly reason: string;
}

/** Which backends the consumer is told of, in that order. */
export interface Admission extends Selection {
  readonly denied: readonly Denial[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Who may write Services must not be able to keep the ConfigMap from everybody else: at their longest names, this many
 * candidates of a namespace leave time to ask others, and this many backends fit into it.
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
    const reason = `more than ${String(maxPerNamespace)} Services of the namespace ${namespace} look like backends; trust.namespaces lifts the limit`;
    const last = own.toSorted((a, b) => rank(a) - rank(b) || byKey(a, b)).slice(maxPerNamespace);
    return last.map((candidate) => ({ candidate, reason }));
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
  supportsMultiple: (candidate: ToolsetClaim) => boolean,
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
      if (found.claim) warnings.push(warning('NAME_CLAIMED', `${keyOf(candidate.service)}: ${found.reason}`));
      continue;
    }
    if (!context.isTrusted(candidate.service.namespace)) untrusted += 1;
    if (untrusted > maxUntrusted) {
      const reason = `more than ${String(maxUntrusted)} backends are in namespaces that trust.namespaces does not name`;
      denied.push({ candidate, reason });
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

interface Displacement extends Redundancy {
  /** Whether it wanted a name that another one has. */
  readonly claim: boolean;
}

/** A backend that has the place or the name already. A template of the user's own tells of one backend. */
function displacementOf(
  candidate: Candidate,
  holders: ReadonlyMap<string, Candidate>,
  supportsMultiple: (candidate: ToolsetClaim) => boolean,
): Displacement | null {
  const { detector, service, instance } = candidate;
  const [placeKey, nameKey, toolKey] = keysOf(candidate);
  const place = holders.get(placeKey);
  if (place && (!supportsMultiple(candidate) || detector.template !== undefined)) {
    const reason = `${service.name} works too, but one backend is asked for: ${keyOf(place.service)}`;
    return { candidate, winner: place, reason, claim: false };
  }
  const holder = holders.get(nameKey) ?? (place ? undefined : holders.get(toolKey));
  if (!holder) return null;
  const reason = `its name ${instance} is too much like that of ${keyOf(holder.service)}, which keeps it`;
  return { candidate, winner: holder, reason, claim: true };
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
