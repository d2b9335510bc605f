import { compare, keyOf } from '../lib/object-key.ts';
import type { Candidate } from './decision.ts';
import { isHeadless } from './endpoint.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { getOwn } from '../lib/json.ts';

/** A candidate that another one makes needless, and why. */
export interface Redundancy {
  readonly candidate: Candidate;
  readonly winner: Candidate;
  readonly because: Reason;
}

export interface Selection {
  readonly backends: readonly Candidate[];
  readonly redundant: readonly Redundancy[];
}

/** What the Service leads to, best first. */
const shapes = ['usual', 'headless', 'single pod'] as const;
type Shape = (typeof shapes)[number];

const twinReasons = { usual: 'SamePods', headless: 'HeadlessTwin', 'single pod': 'SinglePod' } as const;

const podSelectors = ['statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'];

/**
 * One Service per backend: Services with the same pods are one backend, and an entry point in front wins over what it
 * fronts. Only Services of one namespace can displace each other, so that no team displaces another team's.
 */
export function deduplicate(candidates: readonly Candidate[]): Selection {
  const groups = Map.groupBy(candidates, ({ toolset, service }) => `${toolset} ${service.namespace}`);
  const selections = [...groups.values()].map(selectIn);
  return {
    backends: selections.flatMap(({ backends }) => backends),
    redundant: selections.flatMap(({ redundant }) => redundant),
  };
}

/** Order of Services everywhere: namespace, then name, by code unit whatever the locale. */
export function byKey(a: { readonly service: { namespace: string; name: string } }, b: typeof a): number {
  return compare(keyOf(a.service), keyOf(b.service));
}

function selectIn(candidates: readonly Candidate[]): Selection {
  const backends: Candidate[] = [];
  const redundant: Redundancy[] = [];
  for (const candidate of candidates.toSorted(byRank)) {
    const found = backends
      .values()
      .map((winner) => redundancyOf(candidate, winner))
      .find((redundancy) => redundancy !== null);
    if (found) redundant.push(found);
    else backends.push(candidate);
  }
  return { backends, redundant };
}

/** What fronts others, best entry point, usual before headless before one pod's own, short before long name: a total order. */
function byRank(a: Candidate, b: Candidate): number {
  return (
    frontRank(a) - frontRank(b) ||
    a.entryPointRank - b.entryPointRank ||
    shapeRank(a) - shapeRank(b) ||
    a.service.name.length - b.service.name.length ||
    compare(a.service.name, b.service.name)
  );
}

/** What fronts other products comes before them. */
export function frontRank({ detector }: Candidate): number {
  return detector.fronts ? 0 : 1;
}

function shapeRank(candidate: Candidate): number {
  return shapes.indexOf(shapeOf(candidate));
}

function shapeOf({ service }: Candidate): Shape {
  if (podSelectors.some((label) => getOwn(service.selector, label) !== undefined)) return 'single pod';
  return isHeadless(service) ? 'headless' : 'usual';
}

function redundancyOf(candidate: Candidate, winner: Candidate): Redundancy | null {
  const reason = redundancyReason(candidate, winner);
  return reason && { candidate, winner, because: reason };
}

function redundancyReason(candidate: Candidate, winner: Candidate): Reason | null {
  const names = { name: candidate.service.name, winner: winner.service.name };
  if (winner.detector.fronts?.includes(candidate.detector.id)) {
    return because('BehindOtherProduct', { ...names, product: candidate.detector.title });
  }
  if (candidate.detector !== winner.detector || otherDeployment(candidate, winner)) return null;
  if (winner.entryPointRank < candidate.entryPointRank) {
    const { detector, entryPoint } = winner;
    return because('BehindEntryPoint', { ...names, entryPoint: entryPoint.name, product: detector.title });
  }
  if (!samePods(candidate, winner)) return null;
  return because(twinReasons[shapeOf(candidate)], names);
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

type Term = readonly [key: string, value: string];

function podsOf({ service }: Candidate): readonly Term[] | null {
  return service.selector && Object.entries(service.selector).filter(([key]) => !podSelectors.includes(key));
}

function isSubset(part: readonly Term[], whole: readonly Term[]): boolean {
  return part.every(([key, value]) => whole.some(([otherKey, otherValue]) => key === otherKey && value === otherValue));
}
