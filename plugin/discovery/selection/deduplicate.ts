import { compare, keyOf } from '../../lib/object-key.ts';
import { componentLabels, isGoverningLabel, isResourceLabel } from '../../../detectors/label-keys.ts';
import type { ServiceView } from '../../../detectors/types.ts';
import { isNamed } from '../annotations.ts';
import type { Candidate } from '../decision.ts';
import { isHeadless } from '../endpoint.ts';
import type { Reason } from '../reasons.ts';
import { because, notes } from '../reasons.ts';
import type { Installations } from './installation.ts';
import { installationsOf } from './installation.ts';
import { areOfOtherDeployments, haveSamePods, isHeadlessTwin, isSameCluster, podSelectors } from './same-pods.ts';
import { getOwn } from '../../lib/json.ts';

/** A candidate that another one makes unnecessary, and why. */
export interface Redundancy {
  readonly candidate: Candidate;
  readonly winner: Candidate;
  readonly because: Reason;
}

export interface Selection {
  readonly backends: readonly Candidate[];
  readonly redundant: readonly Redundancy[];
}

/** Kinds of Services by the Pods that they lead to, best first. */
const shapes = ['usual', 'only pod', 'headless', 'single pod', 'governing'] as const;
type Shape = (typeof shapes)[number];

const twinReasons = {
  usual: 'SamePods',
  'only pod': 'SinglePod',
  headless: 'HeadlessTwin',
  'single pod': 'SinglePod',
  governing: 'HeadlessTwin',
} as const;

/**
 * One Service per backend: Services with the same Pods are one backend, and an entry point in front wins over what it
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

/** The order of Services in all output: namespace, then name, by code unit regardless of the locale. */
export function byKey(a: { readonly service: { namespace: string; name: string } }, b: typeof a): number {
  return compare(keyOf(a.service), keyOf(b.service));
}

function selectIn(candidates: readonly Candidate[]): Selection {
  const shapes = new Shapes(candidates);
  const backends: Candidate[] = [];
  const redundant: Redundancy[] = [];
  for (const candidate of candidates.toSorted((a, b) => compareRanks(a, b, shapes))) {
    const found = backends
      .values()
      .map((winner) => redundancyOf(candidate, winner, shapes))
      .find((redundancy) => redundancy !== null);
    if (found) redundant.push(found);
    else backends.push(candidate);
  }
  return { backends, redundant };
}

/**
 * A total order: frontends of other products, best entry point, best shape, inside before outside the cluster, strongest
 * evidence, shortest name.
 */
function compareRanks(a: Candidate, b: Candidate, shapes: Shapes): number {
  return (
    frontRank(a) - frontRank(b) ||
    shapes.entryPointRankOf(a) - shapes.entryPointRankOf(b) ||
    shapes.rankOf(a) - shapes.rankOf(b) ||
    a.entryPointRank - b.entryPointRank ||
    openness(a) - openness(b) ||
    a.tier - b.tier ||
    a.service.name.length - b.service.name.length ||
    compare(a.service.name, b.service.name)
  );
}

/**
 * A Service that opens a backend to the outside is usually a second one (`grafana-nodeport`, `redis-lb`), which people
 * remove again; the one for the cluster stays.
 */
function openness({ service: { type } }: Candidate): number {
  return ['NodePort', 'LoadBalancer'].indexOf(type) + 1;
}

/** Products that front others come first. */
export function frontRank({ detector }: Candidate): number {
  return detector.fronts ? 0 : 1;
}

/** The kinds of the Services of one product and namespace. */
class Shapes {
  /** Pods that have a Service of their own. */
  readonly #pods: ReadonlySet<string>;
  /** Best rank among Services with the same port of the same Pods. Precomputed, because every comparison needs it. */
  readonly #ranks: ReadonlyMap<Candidate, number>;

  constructor(candidates: readonly Candidate[]) {
    this.#pods = new Set(candidates.flatMap(({ service }) => podOf(service) ?? []));
    const places = [...Map.groupBy(candidates, placeOf)];
    this.#ranks = new Map(
      places.flatMap(([place, same]) => {
        if (place === null) return [];
        const best = same.reduce((least, { entryPointRank }) => Math.min(least, entryPointRank), Infinity);
        return same.map((candidate) => [candidate, best] as const);
      }),
    );
  }

  /** Services with the same port of the same Pods are one entry point, whatever their names say. */
  entryPointRankOf(candidate: Candidate): number {
    return this.#ranks.get(candidate) ?? candidate.entryPointRank;
  }

  of({ service }: Candidate): Shape {
    if (podOf(service) !== null) return this.#pods.size > 1 ? 'single pod' : 'only pod';
    if (!isHeadless(service)) return 'usual';
    return isGoverning(service) ? 'governing' : 'headless';
  }

  rankOf(candidate: Candidate): number {
    return shapes.indexOf(this.of(candidate));
  }
}

/**
 * A key for the port and the Pods, by all terms of the selector; `null` for a Service without
 * selector, or with a label for its component.
 */
function placeOf({ detector, service: { labels, selector, ports }, endpoint }: Candidate): string | null {
  const terms = Object.entries(selector ?? {}).map(([key, value]) => `${key}=${value}`);
  // A load balancer may map one port number to another one for writes.
  const port = ports.find((one) => one.port === endpoint.port || one.targetPort === endpoint.port);
  if (terms.length === 0 || port === undefined || componentLabels.some((key) => getOwn(labels, key))) return null;
  return [detector.id, endpoint.port, port.targetPort, ...terms.toSorted()].join(' ');
}

/** The single Pod that the Service selects, whether a chart's only Service or one per Pod. */
function podOf({ namespace, selector }: ServiceView): string | null {
  const pod = podSelectors.flatMap((label) => getOwn(selector, label) ?? [])[0];
  return pod === undefined ? null : `${namespace}/${pod}`;
}

/** Whether it is the one Service that prometheus-operator makes for all resources of a kind in a namespace. */
function isGoverning({ name, labels }: ServiceView): boolean {
  return name.endsWith('-operated') || Object.keys(labels).some(isGoverningLabel);
}

function redundancyOf(candidate: Candidate, winner: Candidate, shapes: Shapes): Redundancy | null {
  const reason = redundancyReason(candidate, winner, shapes);
  return reason && { candidate, winner, because: reason };
}

function redundancyReason(candidate: Candidate, winner: Candidate, shapes: Shapes): Reason | null {
  const names = { name: candidate.service.name, winner: winner.service.name };
  // An annotation makes it one of several instances, whatever stands in front.
  const isNamedInstance = isNamed(candidate.service);
  if (winner.detector.fronts?.includes(candidate.detector.id)) {
    if (isNamedInstance) return null;
    return assumed(because('BehindOtherProduct', { ...names, product: candidate.detector.title }));
  }
  if (candidate.detector !== winner.detector || areOfOtherDeployments(candidate, winner)) return null;
  if (shapes.entryPointRankOf(winner) < shapes.entryPointRankOf(candidate) && !isNamedInstance) {
    const { detector, entryPoint } = winner;
    const values = { ...names, entryPoint: entryPoint.name, product: detector.title };
    const installations = isSameCluster(candidate, winner) ? 'one' : installationsOf(candidate, winner);
    if (installations !== 'two') return withAssumption(installations, because('BehindEntryPoint', values));
  }
  if (haveSamePods(candidate, winner)) return because(twinReasons[shapes.of(candidate)], names);
  if (isNamedInstance) return null;
  if (isHeadlessTwin(candidate, winner)) {
    const installations = installationsOf(candidate, winner);
    if (installations !== 'two') return withAssumption(installations, because('HeadlessTwin', names));
  }
  if (isSameCluster(candidate, winner)) return because('SameCluster', names);
  const isGeneral = shapes.of(candidate) === 'governing' && shapes.of(winner) !== 'governing';
  if (!isGeneral) return null;
  const installations = installationsOf(candidate, winner);
  if (installations === 'two' && selectsNoResource(winner)) return null;
  return withAssumption(installations, because('GoverningService', names));
}

function withAssumption(installations: Installations, reason: Reason): Reason {
  return installations === 'one' ? reason : assumed(reason);
}

/** For two Services that are only assumed to be one installation: the message tells how to take both. */
function assumed({ reason, message }: Reason): Reason {
  return { reason, message: `${message}; ${notes('TakenForOne').message}` };
}

/** Whether it has a selector without a term for an operator's resource: its Pods may belong to no resource. */
function selectsNoResource({ service: { selector } }: Candidate): boolean {
  return selector !== null && !Object.keys(selector).some(isResourceLabel);
}
