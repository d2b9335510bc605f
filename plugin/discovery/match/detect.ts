import type {
  Condition,
  Detector,
  EntryPoint,
  Evidence,
  LabelSelector,
  ServicePort,
  ServiceView,
} from '../../../detectors/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Candidate, Rejection } from '../decision.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import { endpointOf } from '../endpoint.ts';
import type { ProductLabel, ServiceFacts } from './service-facts.ts';
import { factsOf, isNamedPort, matchesCondition, productLabelsOf, textOf } from './service-facts.ts';
import { commonEvidenceOf } from './common-evidence.ts';
import { entryPointOf, isEntryPoint } from './component.ts';
import { getOwn } from '../../lib/json.ts';
import { isConfirmed, distinctivePortsBy } from './own-port.ts';

/** What detection says about one Service; `null` where nothing in it points at a product. */
export type Detection =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  | null;

/** Evaluates one Service with a list of detectors. */
export type Detect = (service: ServiceView) => Detection;

/**
 * The best claim on a Service: strongest evidence first, then the order of `detectors`. Where detectors point at a
 * Service but none can use it, the result is a rejection with the reason of the strongest evidence. Compiled once for
 * many Services: most contain none of the detectors' words and cost one search each.
 */
export function detectWith(detectors: readonly Detector[], clusterDomain: string): Detect {
  const words = detectors.flatMap((detector) => (detector.words.length > 0 ? detector.words : ['']));
  const anyWord = anyWordOf(words);
  const byPort = portSuspects(detectors, clusterDomain);
  return (service) => {
    if (words.length === 0) return null;
    const text = textOf(service);
    if (!anyWord.test(text)) return byPort(service);
    const facts = factsOf(service);
    const pointed = detectors.filter(({ words: own }) => own.length === 0 || own.some((word) => text.includes(word)));
    return bestOf(pointed.flatMap((detector) => claimOf(facts, detector, clusterDomain) ?? [])) ?? byPort(service);
  };
}

/** Finds any of these words in a text. */
export function anyWordOf(words: readonly string[]): RegExp {
  return new RegExp(words.map((word) => word.replace(/[^a-z0-9-]/g, '\\$&')).join('|'));
}

function bestOf(claims: readonly (Candidate | Rejection)[]): Detection {
  let best: Candidate | null = null;
  let rejection: Rejection | null = null;
  for (const claim of claims) {
    if ('reason' in claim) rejection = stronger(rejection, claim);
    else if (best === null || claim.tier < best.tier) best = claim;
  }
  if (best && !(rejection && isPartOfAnother(best, rejection))) return { kind: 'candidate', candidate: best };
  return rejection && { kind: 'rejection', rejection };
}

/** A component of another product, such as the Kafka that Mimir writes through, is not a backend of its own. */
function isPartOfAnother({ tier }: Candidate, rejection: Rejection): boolean {
  return tier >= 4 && rejection.reason === 'OtherPart' && rejection.tier !== null && rejection.tier < 4;
}

function claimOf(facts: ServiceFacts, detector: Detector, clusterDomain: string): Candidate | Rejection | null {
  const { service } = facts;
  const evidence =
    detector.evidence.find(({ when }) => matchesCondition(when, facts)) ?? commonEvidenceOf(facts, detector);
  if (!evidence) return nameOnlyRejection(facts, detector, clusterDomain);
  const unconfirmed = evidence.when.product === undefined ? null : sidecarReason(facts, detector);
  const claim = { service, detector, tier: evidence.tier, rule: ruleOf(evidence, facts) };
  const place = placeOf(facts, detector, evidence, clusterDomain);
  if ('reason' in place) return { ...claim, ...(unconfirmed ?? place) };
  const candidate = { ...claim, ...place, ...claimed(service, detector) };
  const unproved = unconfirmed ?? unprovedEntryPoint(candidate);
  return unproved === null ? candidate : { ...claim, ...unproved, suspect: candidate };
}

/** The fields that every claim of this detector has. */
function claimed(
  service: ServiceView,
  detector: Detector,
): Pick<Candidate, 'toolset' | 'instance' | 'healthPath' | 'needsCredential'> {
  return {
    toolset: expandName(detector.toolset, service),
    instance: keyOf(service),
    healthPath: null,
    needsCredential: false,
  };
}

function unprovedEntryPoint({ entryPoint, detector }: Candidate): Reason | null {
  return entryPoint.needsProof ? because('NeedsProof', { entryPoint: entryPoint.name, product: detector.title }) : null;
}

/**
 * Why a product that only the Pods' labels name is not behind this Service: a sidecar's Service selects the same Pods.
 * The product's own port confirms it, unless the Service's name contains `sidecar`; so does a Service name that
 * contains the entry point from the Pods' labels.
 */
function sidecarReason({ service, isProductOfPods, components }: ServiceFacts, detector: Detector): Reason | null {
  if (!isProductOfPods || detector.words.length === 0) return null;
  if (detector.words.some((word) => service.name.includes(word))) return null;
  if (components.some((part) => `-${service.name}-`.includes(`-${part}-`) && isEntryPoint(part, detector))) return null;
  if (isConfirmed(service, detector) && !service.name.split('-').includes('sidecar')) return null;
  return because('UnconfirmedPods', { product: detector.title });
}

/** The entry point and endpoint at which the Service answers, or the reason why there is none. */
function placeOf(
  facts: ServiceFacts,
  detector: Detector,
  evidence: Pick<Evidence, 'tier' | 'when'>,
  clusterDomain: string,
): Pick<Candidate, 'entryPoint' | 'entryPointRank' | 'endpoint'> | Reason {
  if (detector.notOf?.some((when) => matchesCondition(when, facts))) {
    return because('ExcludedByDetector', { detector: detector.id });
  }
  const match = entryPointOf(facts, detector, evidence);
  if ('reason' in match) return match;
  const ports = portsBy(evidence.when.namedPort, facts);
  const endpoint = endpointOf(facts, detector, { ...match.entryPoint, ...ports }, clusterDomain);
  if (!endpoint) return noQueryPort(facts.service, detector);
  return { entryPoint: match.entryPoint, entryPointRank: match.rank, endpoint };
}

function noQueryPort(service: ServiceView, { id, title, template }: Detector): Reason {
  const remedy =
    template === undefined
      ? 'set the annotations kubernaut.io/toolset and kubernaut.io/toolset-endpoint'
      : `name it in port of the custom detector ${id}`;
  return because('NoQueryPort', { service: keyOf(service), product: title, remedy });
}

/** Where a port's name and number were the evidence, that port is the one. */
function portsBy(namedPort: Condition['namedPort'], facts: ServiceFacts): Pick<EntryPoint, 'ports'> {
  const port = namedPortOf(namedPort, facts);
  return port ? { ports: { exact: true, names: [port.name], numbers: [] } } : {};
}

function namedPortOf(namedPort: Condition['namedPort'], { service }: ServiceFacts): ServicePort | undefined {
  return namedPort && service.ports.find((port) => isNamedPort(port, namedPort));
}

/** A user's toolset may contain the Service's namespace and name in its name. */
function expandName(toolset: string, { namespace, name }: ServiceView): string {
  return toolset.replaceAll('${namespace}', namespace).replaceAll('${name}', name);
}

/** The rejection with the stronger evidence: any evidence before a word alone, a low tier before a high one. */
function stronger(a: Rejection | null, b: Rejection): Rejection {
  return a === null || (b.tier !== null && (a.tier === null || b.tier < a.tier)) ? b : a;
}

/** A Service with the product's word only in its name or product label: reported, as people ask why it is missing. */
function nameOnlyRejection(facts: ServiceFacts, detector: Detector, clusterDomain: string): Rejection | null {
  const { service, products } = facts;
  const word = detector.words.find(
    (one) => service.name.includes(one) || products.some((product) => product.includes(one)),
  );
  if (word === undefined) return null;
  const suspect = suspectOf(facts, detector, 'name alone', clusterDomain);
  const rejection: Rejection = { service, detector, tier: null, rule: 'name alone', ...nameReason(service, word) };
  return suspect === null ? rejection : { ...rejection, suspect };
}

/** The candidate that the Service becomes if it is proved; `null` where it fits none of the product's entry points. */
function suspectOf(facts: ServiceFacts, detector: Detector, rule: string, clusterDomain: string): Candidate | null {
  const place = placeOf(facts, detector, { tier: 5, when: {} }, clusterDomain);
  if ('reason' in place) return null;
  return { service: facts.service, detector, tier: 5, rule, ...place, ...claimed(facts.service, detector) };
}

/** The same for a Service that names no part, where the Pods' arguments tell which one it is. */
function suspectOfAnyPart(facts: ServiceFacts, detector: Detector, clusterDomain: string): Candidate | null {
  const { service, components } = facts;
  const entryPoint = detector.entryPoints.at(-1);
  if (detector.pods?.command === undefined || components.length > 0 || entryPoint === undefined) return null;
  const endpoint = endpointOf(facts, detector, entryPoint, clusterDomain);
  if (endpoint === null) return null;
  const place = { entryPoint, entryPointRank: detector.entryPoints.length - 1, endpoint };
  return { service, detector, tier: 5, rule: 'port alone', ...place, ...claimed(service, detector) };
}

/** What a Service may be by the number of one of its ports. */
interface PortSuspect {
  readonly suspect: Candidate;
  readonly number: number;
}

/** For Services that only a port number of one product points at: suspects, unless other evidence confirms them. */
function portSuspects(detectors: readonly Detector[], clusterDomain: string): Detect {
  const distinctivePorts = distinctivePortsBy(detectors);
  return (service) => {
    let facts: ServiceFacts | null = null;
    const suspects = new Map<Detector, PortSuspect>();
    const ofAnyPart: PortSuspect[] = [];
    for (const { number, detector } of distinctivePorts(service)) {
      if (suspects.has(detector)) continue;
      facts ??= factsOf(service);
      const claim = claimOf(facts, detector, clusterDomain);
      if (suspects.size === 0 && claim && !('reason' in claim)) return { kind: 'candidate', candidate: claim };
      const suspect = suspectOf(facts, detector, 'port alone', clusterDomain);
      if (suspect) suspects.set(detector, { suspect, number });
      const anyPart = suspect ? null : suspectOfAnyPart(facts, detector, clusterDomain);
      if (anyPart) ofAnyPart.push({ suspect: anyPart, number });
    }
    const [first, ...rest] = [...suspects.values(), ...ofAnyPart];
    if (first === undefined) return null;
    const { suspect, number } = first;
    const reason = because('PortOnly', { port: number, product: suspect.detector.title });
    const others = rest.map((one) => one.suspect);
    return { kind: 'rejection', rejection: { ...suspect, tier: null, ...reason, suspect, others } };
  };
}

function nameReason(service: ServiceView, word: string): Reason {
  const labels = productLabelsOf(service);
  // The label is the product's word, but others use it too, and no port confirms it.
  if (labels.some(({ value }) => value === word)) return because('NameOnly', { word });
  const partial = labels.find(({ value }) => value.includes(word));
  if (partial) return because('PartialProductLabel', { ...quoted(partial), word });
  return labels[0] ? because('OtherProductLabel', { ...quoted(labels[0]), word }) : because('NameOnly', { word });
}

function quoted({ label, value }: ProductLabel): Pick<ProductLabel, 'label' | 'value'> {
  return { label, value: JSON.stringify(value) };
}

/** The evidence together with the facts that it matched: `product label: product grafana`. */
function ruleOf({ rule, when }: Evidence, facts: ServiceFacts): string {
  return `${rule}: ${shown(when, facts)}`;
}

function shown(when: Condition, facts: ServiceFacts): string {
  const { service, products, components, charts } = facts;
  const namedPort = namedPortOf(when.namedPort, facts);
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
    namedPort && `port ${namedPort.name} ${String(namedPort.port)}`,
    when.port && `port ${String(when.port)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** The keys that a selector uses. */
function labelsOf({ matchLabels, matchExpressions }: LabelSelector): Readonly<Record<string, unknown>> {
  return { ...matchLabels, ...Object.fromEntries(matchExpressions.map(({ key }) => [key, null])) };
}

function shownLabels(patterns: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, string>>): string {
  return Object.keys(patterns)
    .map((key) => `${key}=${getOwn(labels, key) ?? ''}`)
    .join(', ');
}
