import type { Condition, Detector, ServiceView } from '../../detectors/types.ts';
import { otherParts } from '../../detectors/vetoes.ts';
import { keyOf } from './decision.ts';
import type { Candidate, Rejection } from './decision.ts';
import { endpointOf } from './endpoint.ts';
import type { Facts } from './facts.ts';
import { factsOf, holds, mentions } from './facts.ts';

/** What detection says about one Service; `null` where nothing in it points at any product. */
export type Detection =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  | null;

/**
 * The best claim on one Service: strongest evidence first, then the order of `detectors`.
 * A Service that detectors point at but none can use is a rejection with the first one's reason.
 */
export function detect(service: ServiceView, detectors: readonly Detector[], clusterDomain: string): Detection {
  const facts = factsOf(service);
  let best: Candidate | null = null;
  let rejection: Rejection | null = null;
  for (const detector of detectors) {
    if (!mentions(facts, detector.words)) continue;
    const claim = claimOf(facts, detector, clusterDomain);
    if ('reason' in claim) rejection = stronger(rejection, claim);
    else if (!best || claim.strength < best.strength) best = claim;
  }
  if (best) return { kind: 'candidate', candidate: best };
  return rejection && { kind: 'rejection', rejection };
}

function claimOf(facts: Facts, detector: Detector, clusterDomain: string): Candidate | Rejection {
  const { service } = facts;
  const strength = detector.evidence.findIndex(({ when }) => holds(when, facts));
  const evidence = detector.evidence[strength];
  if (!evidence) return rejected(facts, detector, '', nameAlone(facts, detector));
  const rule = `${evidence.rule}: ${shown(evidence.when, facts)}`;
  const part = otherPartOf(facts, detector);
  if (part)
    return rejected(
      facts,
      detector,
      rule,
      `${part} is another part of ${detector.title}, not the one that answers queries`,
    );
  const doorRank = detector.doors.findIndex(({ when }) => !when || holds(when, facts));
  const door = detector.doors[doorRank];
  if (!door) return rejected(facts, detector, rule, `this part of ${detector.title} does not answer queries`);
  const endpoint = endpointOf(service, detector, door, clusterDomain);
  if (!endpoint)
    return rejected(
      facts,
      detector,
      rule,
      `no TCP port of ${keyOf(service)} is one on which ${detector.title} answers queries`,
    );
  return { service, detector, rule, strength, door, doorRank, endpoint };
}

function rejected(facts: Facts, detector: Detector, rule: string, reason: string): Rejection {
  return { service: facts.service, detector, rule, reason };
}

/** A rejection on evidence says more than one on a mere word. */
function stronger(a: Rejection | null, b: Rejection): Rejection {
  return a === null || (a.rule === '' && b.rule !== '') ? b : a;
}

function nameAlone({ products }: Facts, detector: Detector): string {
  const told = products.find((product) => !detector.words.includes(product));
  const said = told === undefined ? 'no label, owner or port confirms it' : `its label says ${JSON.stringify(told)}`;
  return `a name with "${detector.words[0] ?? detector.id}" in it is no evidence of ${detector.title}: ${said}`;
}

/** The component label, or the words after the product's own in the Service's name, where they name another part. */
function otherPartOf(facts: Facts, detector: Detector): string | null {
  const component = facts.components.find((value) => words(value).some((word) => otherParts.has(word)));
  if (component !== undefined) return `component ${JSON.stringify(component)}`;
  const { name } = facts.service;
  const at = Math.max(...detector.words.map((word) => endOf(name, word)));
  if (at === -1) return null;
  const word = words(name.slice(at)).find((rest) => otherParts.has(rest));
  return word === undefined ? null : `"${word}" in the name ${name}`;
}

function endOf(name: string, word: string): number {
  const at = name.lastIndexOf(word);
  return at === -1 ? -1 : at + word.length;
}

function words(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/);
}

/** The facts that a condition was found in, for people. */
function shown(when: Condition, { service, products, components, charts }: Facts): string {
  const parts = [
    when.owner && service.owners.map(({ kind, name }) => `${kind} ${name}`).join(', '),
    when.product && `product ${products.join(', ')}`,
    when.component && `component ${components.join(', ')}`,
    when.chart && `chart ${charts.join(', ')}`,
    when.labels && shownLabels('label', when.labels, service.labels),
    when.selector && shownLabels('selector', when.selector, service.selector ?? {}),
    when.name && `name ${service.name}`,
    when.port && `port ${String(when.port)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function shownLabels(
  what: string,
  patterns: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): string {
  return Object.keys(patterns)
    .map((key) => `${what} ${key}=${labels[key] ?? ''}`)
    .join(', ');
}
