import { instanceLabels } from '../../../../detectors/label-keys.ts';
import type { ServiceView } from '../../../../detectors/types.ts';
import type { Decision } from '../../../discovery/decision.ts';
import { valuesOf } from '../../../discovery/match/service-facts.ts';
import { getOwn } from '../../../lib/json.ts';
import { reducedService } from './reduce.ts';

/** Most Services in one report, and most characters of their facts: an issue takes 65,536. */
const maxServices = 20;
const maxCharacters = 30_000;

/**
 * The Service, then those that took part in its decision or may have: what its toolset got instead, what selects the
 * same pods, what belongs to the same release. Within the limits, in this order.
 */
export function relatedTo(subject: Decision, decisions: readonly Decision[]): readonly ServiceView[] {
  const ranked = decisions
    .map((decision) => ({ decision, rank: decision === subject ? 0 : rankOf(decision, subject) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, maxServices)
    .map(({ decision }) => decision.service);
  let left = maxCharacters;
  return ranked.filter((service, index) => {
    left -= JSON.stringify(reducedService(service, (text) => text)).length;
    return index === 0 || left > 0;
  });
}

function rankOf({ service, toolset, decision }: Decision, subject: Decision): number {
  const isNear = service.namespace === subject.service.namespace;
  const isTaken = decision === 'selected' && subject.toolset !== null && toolset === subject.toolset;
  if (isTaken && isNear) return 1;
  if (isNear && overlaps(service.selector, subject.service.selector)) return 2;
  if (isTaken && (subject.reason === 'SingleBackend' || subject.reason === 'NameTaken')) return 3;
  if (isNear && isSameRelease(service, subject.service)) return 4;
  return Infinity;
}

type Selector = ServiceView['selector'];

function overlaps(one: Selector, other: Selector): boolean {
  return one !== null && other !== null && (isPart(one, other) || isPart(other, one));
}

function isPart(part: NonNullable<Selector>, whole: NonNullable<Selector>): boolean {
  return Object.entries(part).every(([key, value]) => getOwn(whole, key) === value);
}

function isSameRelease({ labels }: ServiceView, other: ServiceView): boolean {
  const releases = valuesOf(other.labels, instanceLabels);
  return valuesOf(labels, instanceLabels).some((release) => releases.includes(release));
}
