import { databaseLabels, instanceLabels, operatedPodTerms, resourceNameTerms } from '../../../detectors/label-keys.ts';
import type { ServiceView } from '../../../detectors/types.ts';
import { getOwn } from '../../lib/json.ts';
import { memoize } from '../../lib/memoize.ts';
import type { Candidate } from '../decision.ts';
import { isHeadless } from '../endpoint.ts';
import { clusterOfGroup, installationsOf } from './installation.ts';

/** Labels by which a Service selects a single Pod of a StatefulSet. */
export const podSelectors: readonly string[] = ['statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'];

const nameLabel = 'app.kubernetes.io/name';
const instanceLabel = 'app.kubernetes.io/instance';

/** Whether the instance labels name two releases of one product. Node groups of one cluster do not count. */
export function areOfOtherDeployments(a: Candidate, b: Candidate): boolean {
  if (isSameCluster(a, b)) return false;
  const [one, other] = [a.service.labels, b.service.labels];
  const isOfTwo = Boolean(one[instanceLabel] && other[instanceLabel]) && one[instanceLabel] !== other[instanceLabel];
  return isOfTwo && one[nameLabel] === other[nameLabel];
}

/** Whether both are node groups of one cluster: component labels with the same prefix and a role as last word. */
export function isSameCluster(a: Candidate, b: Candidate): boolean {
  const [one, other] = [clusterOf(a), clusterOf(b)];
  return one !== null && one === other && a.service.labels[chart] === b.service.labels[chart];
}

const chart = 'helm.sh/chart';

const clusterOf = memoize(({ service }: Candidate): string | null =>
  clusterOfGroup(service.labels['app.kubernetes.io/component']),
);

/**
 * Whether two Services of one product and namespace lead to the same Pods: the terms of one selector include all of the
 * other's (a governing Service has fewer).
 */
export function haveSamePods(a: Candidate, b: Candidate): boolean {
  const [its, others] = [operatedOf(a), operatedOf(b)];
  if (its && others && (its.isOperatorSpecific || others.isOperatorSpecific))
    return isSubset(its.terms, others.terms) || isSubset(others.terms, its.terms);
  const [one, other] = [podsOf(a), podsOf(b)];
  if (one === null || other === null) return isSamePlace(a, b);
  // With no term except a Pod's name, selectors cannot be compared.
  if (one.length === 0 || other.length === 0) return installationsOf(a, b) !== 'two';
  return isSubset(one, other) || isSubset(other, one);
}

/**
 * The same for two Services of which at least one has no selector. Operators and charts fill the endpoints of their own
 * Services; each of those that users fill leads to another server outside the cluster.
 */
function isSamePlace({ service: one, endpoint }: Candidate, { service: other, ...more }: Candidate): boolean {
  if ([one, other].some(({ type }) => type === 'ExternalName'))
    return one.externalName === other.externalName && endpoint.port === more.endpoint.port;
  return shareOwner(one, other) || [...instanceLabels, ...databaseLabels].some((key) => isSameLabel(one, other, key));
}

function isSameLabel({ labels }: ServiceView, other: ServiceView, key: string): boolean {
  const value = getOwn(labels, key);
  return Boolean(value) && value === getOwn(other.labels, key);
}

function shareOwner({ owners }: ServiceView, other: ServiceView): boolean {
  return owners.some(({ kind, name }) => other.owners.some((owner) => owner.kind === kind && owner.name === name));
}

/** Labels in which operators put the resource of a Service and its component. */
const partLabels = [nameLabel, instanceLabel, 'app.kubernetes.io/component'];

/**
 * Whether a headless Service only names the Pods behind another Service whose selector has a term for a role, or
 * selects a load balancer. It is named after the other, or belongs to the same component of the same resource.
 */
export function isHeadlessTwin(a: Candidate, b: Candidate): boolean {
  const [one, other] = [a.service, b.service];
  if (!isHeadless(one) || isHeadless(other)) return false;
  if (isNamedAfter(one, other)) return true;
  return (
    shareOwner(one, other) &&
    getOwn(one.labels, nameLabel) !== undefined &&
    partLabels.every((label) => getOwn(one.labels, label) === getOwn(other.labels, label))
  );
}

/**
 * `docs-headless` beside `docs`; also beside `docs-primary`, provided that one Pod can match both selectors:
 * `docs-archive` may be something else.
 */
function isNamedAfter(one: ServiceView, other: ServiceView): boolean {
  const [component, behind, ...more] = one.name.split('-headless');
  if (component === undefined || behind === undefined || more.length > 0) return false;
  if (other.name === `${component}${behind}`) return true;
  return other.name.startsWith(`${component}-`) && other.name.endsWith(behind) && !areDisjoint(one, other);
}

/** Whether no Pod can match both selectors, because a label would need two values. */
function areDisjoint({ selector: one }: ServiceView, { selector: other }: ServiceView): boolean {
  return Object.entries(one ?? {}).some(([key, value]) => (getOwn(other, key) ?? value) !== value);
}

type Term = readonly [key: string, value: string];

const podsOf = memoize(
  ({ service: { selector } }: Candidate): readonly Term[] | null =>
    selector && Object.entries(selector).filter(([key]) => !podSelectors.includes(key)),
);

/** The selector of a Service that selects Pods of prometheus-operator by labels of that operator only. */
interface OperatedSelector {
  /** Labels that contain the resource's name have one key here: the operator puts it in several. */
  readonly terms: readonly Term[];
  /** Whether one of the labels is used by that operator alone. */
  readonly isOperatorSpecific: boolean;
}

const operatedOf = memoize((candidate: Candidate): OperatedSelector | null => {
  const terms = podsOf(candidate) ?? [];
  if (terms.length === 0 || !terms.every(([key]) => operatedPodTerms.has(key))) return null;
  const isName = (key: string): boolean => key === instanceLabel || resourceNameTerms.includes(key);
  return {
    terms: terms.map(([key, value]) => [isName(key) ? 'resource' : key, value]),
    isOperatorSpecific: terms.some(([key]) => resourceNameTerms.includes(key)),
  };
});

function isSubset(part: readonly Term[], whole: readonly Term[]): boolean {
  return part.every(([key, value]) => whole.some(([otherKey, otherValue]) => key === otherKey && value === otherValue));
}
