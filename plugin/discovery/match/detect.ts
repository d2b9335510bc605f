import type { Condition, Detector, Evidence, LabelSelector, ServiceView } from '../../../detectors/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Candidate, Rejection } from '../decision.ts';
import { endpointOf } from '../endpoint.ts';
import type { ServiceFacts } from './service-facts.ts';
import { factsOf, matchesCondition, textOf } from './service-facts.ts';
import { entryPointOf } from './component.ts';

/** What detection says about one Service; `null` where nothing in it points at any product. */
export type Detection =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  | null;

/** Looks at one Service with the eyes of some detectors. */
export type Detect = (service: ServiceView) => Detection;

/**
 * The best claim on a Service: strongest evidence first, then the order of `detectors`.
 * A Service that detectors point at but none can use is a rejection with the reason of the strongest evidence.
 * Made once for many Services: nearly all of them hold none of the detectors' words and cost one search each.
 */
export function detectWith(detectors: readonly Detector[], clusterDomain: string): Detect {
  const words = detectors.flatMap((detector) => (detector.words.length > 0 ? detector.words : ['']));
  const anyWord = new RegExp(words.map((word) => word.replace(/[^a-z0-9-]/g, '\\$&')).join('|'));
  return (service) => {
    const text = textOf(service);
    if (words.length === 0 || !anyWord.test(text)) return null;
    const facts = factsOf(service);
    const pointed = detectors.filter(({ words: own }) => own.length === 0 || own.some((word) => text.includes(word)));
    return bestOf(pointed.flatMap((detector) => claimOf(facts, detector, clusterDomain) ?? []));
  };
}

function bestOf(claims: readonly (Candidate | Rejection)[]): Detection {
  let best: Candidate | null = null;
  let rejection: Rejection | null = null;
  for (const claim of claims) {
    if ('reason' in claim) rejection = stronger(rejection, claim);
    else if (best === null || claim.tier < best.tier) best = claim;
  }
  if (best) return { kind: 'candidate', candidate: best };
  return rejection && { kind: 'rejection', rejection };
}

function claimOf(facts: ServiceFacts, detector: Detector, clusterDomain: string): Candidate | Rejection | null {
  const { service } = facts;
  const evidence = detector.evidence.find(({ when }) => matchesCondition(when, facts));
  if (!evidence) return nameAlone(facts, detector);
  const rejected = (reason: string): Rejection => ({
    service,
    detector,
    tier: evidence.tier,
    rule: ruleOf(evidence, facts),
    reason,
  });

  if (detector.notOf?.some((when) => matchesCondition(when, facts)))
    return rejected(`it is a part of another product, which alone uses it`);
  const part = entryPointOf(facts, detector, evidence.tier);
  if ('reason' in part) return rejected(part.reason);
  const endpoint = endpointOf(facts, detector, part.entryPoint, clusterDomain);
  if (!endpoint) return rejected(`no TCP port of ${keyOf(service)} is one on which ${detector.title} answers queries`);
  return {
    service,
    detector,
    toolset: expandName(detector.toolset, service),
    instance: keyOf(service),
    tier: evidence.tier,
    rule: ruleOf(evidence, facts),
    entryPoint: part.entryPoint,
    entryPointRank: part.rank,
    endpoint,
    healthPath: null,
    needsCredential: false,
  };
}

/** A user's toolset may have the Service's namespace and name in its own. */
function expandName(toolset: string, { namespace, name }: ServiceView): string {
  return toolset.replaceAll('${namespace}', namespace).replaceAll('${name}', name);
}

/** Evidence says more than a mere word, and strong evidence more than weak. */
function stronger(a: Rejection | null, b: Rejection): Rejection {
  return a === null || (b.tier !== null && (a.tier === null || b.tier < a.tier)) ? b : a;
}

/** A Service that only has the product's word in its name: worth a line, for people will ask why it was not taken. */
function nameAlone({ service, products }: ServiceFacts, detector: Detector): Rejection | null {
  const word = detector.words.find(
    (one) => service.name.includes(one) || products.some((product) => product.includes(one)),
  );
  if (word === undefined) return null;
  const said =
    products[0] === undefined ? 'no label, owner or port confirms it' : `its label says ${JSON.stringify(products[0])}`;
  return {
    service,
    detector,
    tier: null,
    rule: 'name alone',
    reason: `a name with "${word}" in it is no evidence of ${detector.title}: ${said}`,
  };
}

/** The evidence with the facts that it was found in: `product label: product grafana`. */
function ruleOf({ rule, when }: Evidence, facts: ServiceFacts): string {
  return `${rule}: ${shown(when, facts)}`;
}

function shown(when: Condition, { service, products, components, charts }: ServiceFacts): string {
  const parts = [
    when.owner && service.owners.map(({ kind, name }) => `${kind} ${name}`).join(', '),
    when.product && `product ${products.join(', ')}`,
    when.component && `component ${components.join(', ')}`,
    when.chart && `chart ${charts.join(', ')}`,
    when.labelSelector && shownLabels(labelsOf(when.labelSelector), service.labels),
    when.labels && shownLabels(when.labels, service.labels),
    when.annotations && shownLabels(when.annotations, service.annotations),
    when.selector && shownLabels(when.selector, service.selector ?? {}),
    when.name && `name ${service.name}`,
    when.port && `port ${String(when.port)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** What a selector asks about, whatever it asks. */
function labelsOf({ matchLabels, matchExpressions }: LabelSelector): Readonly<Record<string, unknown>> {
  return { ...matchLabels, ...Object.fromEntries(matchExpressions.map(({ key }) => [key, null])) };
}

function shownLabels(patterns: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, string>>): string {
  return Object.keys(patterns)
    .map((key) => `${key}=${labels[key] ?? ''}`)
    .join(', ');
}
