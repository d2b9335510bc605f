import type { Candidate } from './decision.ts';
import { keyOf } from './decision.ts';
import { isHeadless } from './endpoint.ts';
import { admittedKey } from './sources.ts';

/** A candidate that another one makes needless, and why. */
export interface Redundancy {
  readonly candidate: Candidate;
  readonly winner: Candidate;
  readonly reason: string;
}

export interface Selection {
  readonly backends: readonly Candidate[];
  readonly redundant: readonly Redundancy[];
}

const podSelectors = ['statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'];

/**
 * One door per backend: Services with the same pods are one, and a front door wins over what it fronts.
 * Only Services of one namespace can displace each other: nobody's Service takes the place of another team's.
 */
export function select(candidates: readonly Candidate[]): Selection {
  const ranked = candidates.toSorted(byRank);
  const backends: Candidate[] = [];
  const redundant: Redundancy[] = [];
  for (const candidate of ranked) {
    const found = backends.flatMap((winner) => redundancyOf(candidate, winner) ?? []);
    if (found[0]) redundant.push(found[0]);
    else backends.push(candidate);
  }
  return { backends, redundant };
}

/**
 * One backend for each toolset, where the consumer knows no more or the settings want it so. What is in the live
 * ConfigMap is not displaced by what came later; among the new, the first by namespace and name wins.
 */
export function keepBest({ backends, redundant }: Selection, admitted: ReadonlySet<string>): Selection {
  const order = (candidate: Candidate): number => (admitted.has(admittedKey(candidate)) ? 0 : 1);
  const best = new Map<string, Candidate>();
  for (const candidate of backends.toSorted((a, b) => order(a) - order(b) || byKey(a, b))) {
    if (!best.has(candidate.detector.toolset)) best.set(candidate.detector.toolset, candidate);
  }
  const others = backends.flatMap((candidate) => {
    const winner = best.get(candidate.detector.toolset);
    return winner === undefined || winner === candidate
      ? []
      : {
          candidate,
          winner,
          reason: `${candidate.service.name} works too, but one backend is asked for: ${keyOf(winner.service)}`,
        };
  });
  return { backends: [...best.values()], redundant: [...redundant, ...others] };
}

/** Toolset, namespace, best door, usual before headless before one pod's own, then name: a total order. */
function byRank(a: Candidate, b: Candidate): number {
  return (
    compare(a.detector.toolset, b.detector.toolset) ||
    compare(a.service.namespace, b.service.namespace) ||
    a.doorRank - b.doorRank ||
    shapeRank(a) - shapeRank(b) ||
    a.service.name.length - b.service.name.length ||
    compare(a.service.name, b.service.name)
  );
}

function shapeRank({ service }: Candidate): number {
  if (podSelectors.some((label) => service.selector?.[label] !== undefined)) return 2;
  return isHeadless(service) ? 1 : 0;
}

function redundancyOf(candidate: Candidate, winner: Candidate): Redundancy | null {
  const { service } = candidate;
  if (candidate.detector.toolset !== winner.detector.toolset || service.namespace !== winner.service.namespace)
    return null;
  if (candidate.detector !== winner.detector || otherDeployment(candidate, winner)) return null;
  const to = (reason: string): Redundancy => ({ candidate, winner, reason: `${service.name} ${reason}` });
  if (winner.doorRank < candidate.doorRank) {
    return to(`is behind ${winner.service.name}, the ${winner.door.name} in front of it`);
  }
  if (!samePods(candidate, winner)) return null;
  const shape = ['has', 'is headless and has', 'selects a single pod of'][shapeRank(candidate)] ?? 'has';
  return to(`${shape} the same pods as ${winner.service.name}`);
}

/** Two releases of one chart in one namespace differ in their instance label. */
function otherDeployment(a: Candidate, b: Candidate): boolean {
  const [one, other] = [a.service.labels, b.service.labels];
  const instance = 'app.kubernetes.io/instance';
  const name = 'app.kubernetes.io/name';
  return Boolean(one[instance] && other[instance]) && one[instance] !== other[instance] && one[name] === other[name];
}

/**
 * Whether two Services of one product and namespace lead to the same pods: one selector holds all of the other's
 * terms (a governing Service selects by fewer). Unknown selectors count as the same.
 */
function samePods(a: Candidate, b: Candidate): boolean {
  const [one, other] = [podsOf(a), podsOf(b)];
  return one === null || other === null || isSubset(one, other) || isSubset(other, one);
}

function podsOf({ service }: Candidate): readonly (readonly [string, string])[] | null {
  return service.selector && Object.entries(service.selector).filter(([key]) => !podSelectors.includes(key));
}

function isSubset(
  part: readonly (readonly [string, string])[],
  whole: readonly (readonly [string, string])[],
): boolean {
  return part.every(([key, value]) => whole.some(([otherKey, otherValue]) => key === otherKey && value === otherValue));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of Services everywhere: namespace, then name, by code unit whatever the locale. */
export function byKey(a: { readonly service: { namespace: string; name: string } }, b: typeof a): number {
  return compare(keyOf(a.service), keyOf(b.service));
}
