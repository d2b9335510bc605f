import { memoize, memoizePair } from '../../lib/memoize.ts';
import type { CustomResource, Detector, FieldValues, ServiceView } from '../../../detectors/types.ts';
import type { Answer, EndpointsView, PodKeys, PodRef, PodView, ResourceRef } from '../../cluster/types.ts';
import { getOwn } from '../../lib/json.ts';
import type { Candidate } from '../decision.ts';
import type { ServiceFacts } from '../match/service-facts.ts';
import { factsOf, groupOf, matchesCondition } from '../match/service-facts.ts';

/** Objects that may tell more about a backend than its Service does: its custom resource, else one of its Pods. */
export interface EvidenceQuestion {
  readonly namespace: string;
  readonly detector: string;
  readonly resource: ResourceRef | null;
  readonly pod: PodRef | null;
  readonly keys: PodKeys;
  /** Time of the last change of the endpoints: a later change makes this a new question. */
  readonly changedAt: number | null;
}

/** The objects read; absent where not asked for. */
export interface EvidenceAnswer {
  readonly resource?: Answer<FieldValues>;
  readonly pod?: Answer<PodView>;
}

/** Reads evidence. Throws only at the deadline of the run. `pending`: the answer is not known yet. */
export type EvidenceReader = (question: EvidenceQuestion) => EvidenceAnswer | 'pending' | Promise<EvidenceAnswer>;

/**
 * What to read about a backend; `null` where no object can tell more. What its Pod tells is kept for these other products as
 * well, so that it is read once.
 */
export function questionOf(
  { service, detector }: Pick<Candidate, 'service' | 'detector'>,
  endpoints: EndpointsView | undefined,
  others: readonly Detector[] = [],
): EvidenceQuestion | null {
  const resource = resourceOf(service, detector);
  const pod = podOf(service, detector, endpoints);
  if (!resource && !pod) return null;
  const { namespace } = service;
  return {
    namespace,
    detector: [detector, ...others].map(({ id }) => id).join('+'),
    resource,
    pod,
    keys: others.length === 0 ? podKeysOf(detector) : podKeysOfAll([detector, ...others]),
    changedAt: endpoints?.changedAt ?? null,
  };
}

/**
 * The custom resource that an owner reference, a label or the pod selector names. Memoized, because `serve` asks
 * again for each ConfigMap at each change.
 */
const resourceOf = memoizePair((service: ServiceView, { resources = [] }: Detector): ResourceRef | null => {
  const { namespace } = service;
  for (const type of resources) {
    const owner = service.owners.find(
      ({ apiVersion, kind }) => kind === type.kind && groupOf(apiVersion) === type.group,
    );
    if (owner && isObjectName(owner.name)) return { type, namespace, name: owner.name, uid: owner.uid ?? null };
  }
  if (resources.length === 0) return null;
  const facts = factsOf(service);
  for (const type of resources) {
    const name = nameIn(facts, type);
    if (name !== undefined) return { type, namespace, name, uid: null };
  }
  return null;
});

function nameIn(facts: ServiceFacts, { namedBy }: CustomResource): string | undefined {
  const { labels, selector } = facts.service;
  return namedBy
    .values()
    .filter(({ when }) => when === undefined || matchesCondition(when, facts))
    .flatMap(({ label, selector: term }) => [
      label === undefined ? undefined : getOwn(labels, label),
      term === undefined ? undefined : getOwn(selector, term),
    ])
    .find((name) => name !== undefined && isObjectName(name));
}

/** The API server accepts any name in owner references and EndpointSlices; `..` would lead to another path. */
function isObjectName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,252}$/.test(name);
}

/** A Service without a selector has arbitrary endpoints: a Pod among them proves nothing. */
function podOf(service: ServiceView, { pods }: Detector, endpoints: EndpointsView | undefined): PodRef | null {
  const { namespace, selector } = service;
  if (pods === undefined || selector === null || !endpoints) return null;
  const { pod, ready, notReady } = endpoints;
  if (pod !== null && !isObjectName(pod)) return null;
  return ready + notReady > 0 ? { namespace, name: pod, selector } : null;
}

/** The keys of Pods that any detector reads: a recording keeps them all. */
export function podKeysOfAll(detectors: readonly Detector[]): PodKeys {
  const keys = detectors.map(podKeysOf);
  return {
    commands: new Set(keys.flatMap(({ commands }) => [...commands])),
    flags: new Map(keys.flatMap(({ flags }) => [...flags])),
  };
}

const podKeysOf = memoize(({ pods }: Detector): PodKeys => {
  const { pathFlags = [], ownPathFlags = [], urlFlags = [], tlsFlags = [], part, features, command } = pods ?? {};
  return {
    commands: new Set([...(command?.answers ?? []), ...(command?.others ?? [])]),
    flags: new Map([
      ...[...pathFlags, ...ownPathFlags].map((flag) => [flag, 'path'] as const),
      ...urlFlags.map((flag) => [flag, 'url path'] as const),
      ...tlsFlags.map((flag) => [flag, 'switch'] as const),
      ...(part ? [[part.flag, 'word'] as const] : []),
      ...(features ? [[features.flag, 'words'] as const] : []),
    ]),
  };
});
