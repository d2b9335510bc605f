import type { Detector } from '../../../detectors/types.ts';
import type { Data } from '../../lib/json.ts';
import { keyOf, namespaceKey } from '../../lib/object-key.ts';
import type { WarningCode } from '../../lib/codes.ts';
import { warning } from '../../lib/diagnostic.ts';
import { renderYaml } from '../../lib/data/yaml-writer.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { Candidate, ToolsetClaim } from '../decision.ts';
import type { Redundancy, Selection } from './deduplicate.ts';
import type { RankingContext } from './ranking.ts';
import { byPreference, roundRobin } from './ranking.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import { memoize } from '../../lib/memoize.ts';

/** A candidate that is not admitted, and why. */
export interface Denial {
  readonly candidate: Candidate;
  readonly because: Reason;
}

/** The backends for the consumer, in order. */
export interface Admission extends Selection {
  readonly denied: readonly Denial[];
  readonly warnings: readonly Diagnostic[];
}

/** Candidates within the limit per namespace, and the others. */
interface Cap {
  readonly kept: readonly Candidate[];
  readonly denied: readonly Denial[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Flood limits per untrusted namespace and in total, so that no team fills the ConfigMap. With names of maximum length,
 * 100 candidates leave time for other probes, and 400 backends stay below 900 KB.
 */
const maxPerNamespace = 100;
const maxUntrusted = 400;
/** Characters per place in the ConfigMap. A user's template that produces more takes several places. */
const charactersPerPlace = 2 * 1024;

/** Maximum length of a name or URL in a template. */
const maxVariable = 256;
/** Indentation of each line in the manifest. */
const maxIndent = 8;
/**
 * Characters of toolset name and path per place: both are in the annotation with the sources too, which has less room.
 */
const namesPerPlace = 64;

/** A template has one instance; any other backend may have one instance per tenant. */
function placesOf({ detector, toolset, endpoint, store }: Candidate): number {
  if (detector.template === undefined) return Math.max(1, store?.tenants.length ?? 0);
  const names = toolset.length + endpoint.path.length;
  return Math.ceil(Math.max(templateSizeOf(detector) / charactersPerPlace, names / namesPerPlace));
}

/** Size of the template with names and URLs of maximum length. */
const templateSizeOf = memoize(({ template }: Detector): number => {
  const text = renderYaml(template as Data);
  return text.length + maxIndent * text.split('\n').length + maxVariable * (text.split('${').length - 1);
});

/** Leaves out what exceeds the limit of an untrusted namespace. Admitted backends come first. */
export function capPerNamespace(candidates: readonly Candidate[], context: RankingContext): Cap {
  const denied = [...Map.groupBy(candidates, ({ service }) => service.namespace)].flatMap(([namespace, own]) => {
    if (own.length <= maxPerNamespace || context.isTrusted(namespace)) return [];
    const reason = because('NamespaceLimit', { limit: maxPerNamespace, namespace });
    const last = byPreference(own, context).slice(maxPerNamespace);
    return last.map((candidate) => ({ candidate, because: reason }));
  });
  const out = new Set(denied.map(({ candidate }) => candidate));
  const onePerNamespace = new Map(denied.map((denial) => [denial.candidate.service.namespace, denial]));
  return {
    kept: candidates.filter((candidate) => !out.has(candidate)),
    denied,
    warnings: warningsAbout('NAMESPACE_CROWDED', [...onePerNamespace.values()]),
  };
}

/**
 * Admits one backend per name, and only one per toolset where the consumer or the settings allow no more. Trusted
 * namespaces come first, then what is already admitted, then what serves the whole cluster: nothing new from an
 * untrusted namespace displaces or precedes what is admitted.
 */
export function rankAndLimit(
  { backends, redundant }: Selection,
  context: RankingContext,
  supportsMultiple: (claim: ToolsetClaim) => boolean,
  limit = maxUntrusted,
): Admission {
  const holders = new Map<string, Candidate>();
  const placed: Candidate[] = [];
  const displaced: Redundancy[] = [];
  for (const candidate of byPreference(backends, context)) {
    const found = displacementOf(candidate, holders, supportsMultiple);
    if (found) {
      displaced.push(found);
      continue;
    }
    placed.push(candidate);
    for (const key of keysOf(candidate)) if (!holders.has(key)) holders.set(key, candidate);
  }
  const untrusted = placed.filter(({ service }) => !context.isTrusted(service.namespace));
  const denied = beyondShares(
    untrusted.filter((candidate) => isOneOfMany(candidate, supportsMultiple)),
    limit,
  );
  const out = new Set(denied.map(({ candidate }) => candidate));
  return {
    backends: placed.filter((candidate) => !out.has(candidate)),
    redundant: [...redundant, ...displaced],
    denied,
    warnings: warningsAbout(
      'NAME_CLAIMED',
      displaced.filter(({ because: { reason } }) => reason === 'NameTaken'),
      ({ candidate, because: { message } }) => `${keyOf(candidate.service)}: ${message}`,
    ),
  };
}

/**
 * Untrusted namespaces share the limit: each gets up to an equal part, and what some leave unused goes to the others.
 * No namespace keeps another one's part, not even for backends that are already admitted.
 */
function beyondShares(untrusted: readonly Candidate[], limit: number): Denial[] {
  const shared = inEqualParts(untrusted);
  const namespaces = new Set(shared.map(({ candidate: { service } }) => namespaceKey(service))).size;
  let used = 0;
  const beyond = shared.filter(({ places }) => {
    const isBeyond = used + places > limit;
    if (!isBeyond) used += places;
    return isBeyond;
  });
  return beyond.map(({ candidate }) => {
    const values = { limit, namespaces, namespace: namespaceKey(candidate.service) };
    return { candidate, because: because('UntrustedLimit', values) };
  });
}

/** The places that a backend takes of the limit. */
interface Share {
  readonly candidate: Candidate;
  readonly places: number;
  /** Total places of its namespace up to and including this backend. */
  readonly until: number;
}

/**
 * Sorts so that namespaces take turns and none gets more places before another's next one. Within a
 * turn, admitted backends precede new ones.
 */
function inEqualParts(untrusted: readonly Candidate[]): readonly Share[] {
  const totals = new Map<string, number>();
  const shares = untrusted.map((candidate) => {
    const namespace = namespaceKey(candidate.service);
    const places = placesOf(candidate);
    const until = (totals.get(namespace) ?? 0) + places;
    totals.set(namespace, until);
    return { candidate, places, until };
  });
  return shares.sort((a, b) => a.until - b.until);
}

/** Whether there can be several of its kind; otherwise there is one per detector. */
function isOneOfMany(candidate: Candidate, supportsMultiple: (claim: ToolsetClaim) => boolean): boolean {
  return candidate.toolset !== candidate.detector.toolset || takesSeveral(candidate, supportsMultiple);
}

/** The backend that already has the candidate's place or name. */
function displacementOf(
  candidate: Candidate,
  holders: ReadonlyMap<string, Candidate>,
  supportsMultiple: (claim: ToolsetClaim) => boolean,
): Redundancy | null {
  const { service, instance } = candidate;
  const [placeKey, nameKey, toolKey] = keysOf(candidate);
  const place = holders.get(placeKey);
  if (place && !takesSeveral(candidate, supportsMultiple)) {
    const values = { name: service.name, winner: keyOf(place.service) };
    return { candidate, winner: place, because: because('SingleBackend', values) };
  }
  const holder = holders.get(nameKey) ?? (place ? undefined : holders.get(toolKey));
  if (!holder) return null;
  const values = { instance, winner: keyOf(holder.service) };
  return { candidate, winner: holder, because: because('NameTaken', values) };
}

/** Whether its toolset can have several backends. A user's template has one. */
function takesSeveral(claim: ToolsetClaim, supportsMultiple: (claim: ToolsetClaim) => boolean): boolean {
  return supportsMultiple(claim) && claim.detector.template === undefined;
}

/**
 * What a backend occupies: its toolset, its name there, and the toolset's name as a tool's. HolmesGPT rejects a toolset
 * in which two backends have the same name, and treats `-` and `/` in a toolset's name alike.
 */
function keysOf({ toolset, instance }: Candidate): readonly [place: string, name: string, tool: string] {
  return [toolset, `${toolset} ${instance}`, `tool ${toolset.replace(/[-/]/g, '_')}`];
}

/** Maximum number of warnings that name Services; the rest is a count. */
const maxWarnings = 20;

/** Warns about each of these; namespaces take turns, so that none hides another one's warnings. */
function warningsAbout<T extends Denial>(
  code: WarningCode,
  all: readonly T[],
  textOf = (one: T): string => one.because.message,
): Diagnostic[] {
  const byCandidate = new Map(all.map((one) => [one.candidate, one]));
  const shown = roundRobin([...byCandidate.keys()]).slice(0, maxWarnings);
  const more = all.length - shown.length;
  return [
    ...shown.flatMap((candidate) => byCandidate.get(candidate) ?? []).map((one) => warning(code, textOf(one))),
    ...(more > 0
      ? [warning(code, `and ${String(more)} more of this kind: dynamic-toolset explain has a line for each`)]
      : []),
  ];
}
