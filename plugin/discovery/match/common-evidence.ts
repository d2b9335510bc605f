import { neverPorts, otherParts, otherPorts } from '../../../detectors/excluded-names.ts';
import {
  hostLabelKeys,
  houseLabels,
  instanceLabels,
  productLabels,
  resourceTerms,
} from '../../../detectors/label-keys.ts';
import type { Detector, Evidence, ServicePort, ServiceView } from '../../../detectors/types.ts';
import { getOwn } from '../../lib/json.ts';
import { memoize } from '../../lib/memoize.ts';
import { isHeadless } from '../endpoint.ts';
import { isEntryPoint } from './component.ts';
import { matchesPattern } from './glob.ts';
import { commonNumbers, isConfirmed, isTellingNumber } from './own-port.ts';
import type { ServiceFacts } from './service-facts.ts';
import { valuesOf } from './service-facts.ts';

/**
 * Evidence that holds for every product alike, for Services that none of a detector's own pieces finds: the resource of
 * any operator, the chart of a vendor, the stores that an application brings, what people call theirs.
 */
export function commonEvidenceOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  return (
    ownerOf(facts, detector) ??
    numberedOf(facts, detector) ??
    variantOf(facts, detector) ??
    componentOf(facts, detector) ??
    chartOf(facts, detector) ??
    podLabelOf(facts, detector) ??
    abbreviationOf(facts, detector) ??
    nameAndLabelOf(facts, detector) ??
    selectorTermOf(facts, detector) ??
    portNameOf(facts, detector) ??
    nameOf(facts, detector) ??
    numbersOf(facts, detector) ??
    databaseOf(facts, detector) ??
    broughtOf(facts, detector) ??
    outsideOf(facts, detector)
  );
}

/** What operators put behind the product in the kinds of their resources: `MySQLCluster`, `RedisFailover`. */
const kindEnds = /(?:cluster|replicaset|replication|failover|instance|database|server)$/i;

/** A resource of any operator whose kind is the product, `Postgres.kubedb.com`, and the product's own port. */
function ownerOf({ service, owners }: ServiceFacts, detector: Detector): Evidence | undefined {
  const found = service.owners.findIndex(({ kind }) =>
    [kind, kind.replace(kindEnds, '')].some((text) => isProduct(text, detector) || isLastOf(text, detector)),
  );
  const owner = owners[found];
  if (owner === undefined || !isConfirmed(service, detector)) return undefined;
  return { rule: 'owner and port', tier: 2, when: { owner } };
}

/** Whether a kind has words of its operator's in front of the product: `DistributedRedisCluster`. */
function isLastOf(kind: string, detector: Detector): boolean {
  return namesOf(detector).some(
    (name) => kind.toLowerCase().endsWith(name) && /[A-Z]/.test(kind.at(-name.length) ?? ''),
  );
}

/** A name label of it or its pods with nothing but a number behind the product, and the product's own port. */
function numberedOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const product = products.find((value) => {
    const unnumbered = withoutNumbers(value);
    return unnumbered !== value && isProduct(unnumbered, detector);
  });
  if (product === undefined || !isConfirmed(service, detector)) return undefined;
  return { rule: 'product label and port', tier: 4, when: { product } };
}

/**
 * Without what says which of several it is, or its version: `prometheus-01`, `mysql-8-0`. A tenant's text is gone over once: a
 * pattern for the same would try each way to part a run of digits.
 */
function withoutNumbers(text: string): string {
  let end = text.length;
  for (;;) {
    let from = end;
    while (isDigit(text[from - 1])) from -= 1;
    if (from === end) return text.slice(0, end);
    if (text[from - 1] === 'v') from -= 1;
    if (text[from - 1] === '-' || text[from - 1] === '.') from -= 1;
    end = from;
  }
}

function isDigit(character = ''): boolean {
  return character >= '0' && character <= '9';
}

/**
 * A vendor's or an operator's name for the product, such as `grafana-mimir`: the product's words stand whole in a name
 * or chart label, and the component is one of its entry points.
 */
function variantOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  const { words } = detector;
  const component = facts.components.find((value) => isEntryPoint(value, detector));
  if (component === undefined) return undefined;
  const product = facts.products.find((value) => hasWord(value, words));
  if (product !== undefined) return { rule: 'product in label and component', tier: 4, when: { product, component } };
  const chart = facts.charts.find((value) => hasWord(value, words));
  return chart === undefined
    ? undefined
    : { rule: 'product in chart and component', tier: 4, when: { chart, component } };
}

/** An application's chart names its own product everywhere, and what it brings in the component: `component: redis`. */
function componentOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  const component = facts.components.find((value) => isProduct(value, detector));
  if (component === undefined || !isConfirmed(facts.service, detector)) return undefined;
  return { rule: 'component label and port', tier: 4, when: { component } };
}

/** A vendor's own chart of the product, `icp-mongodb`, whatever its labels are overridden with, and a number that no other product has. */
function chartOf({ service, charts }: ServiceFacts, detector: Detector): Evidence | undefined {
  const chart = charts.find((value) => endsWith(value, tellingNamesOf(detector)));
  if (chart === undefined || !hasTellingPort(service, detector)) return undefined;
  return { rule: 'product in chart and port', tier: 4, when: { chart } };
}

/** The Service's labels name the application, those of its pods the product, and so does the Service's name. */
function podLabelOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, selector } = service;
  const key = [...productLabels, ...houseLabels].find((one) => isProduct(getOwn(selector ?? {}, one) ?? '', detector));
  if (key === undefined || !isConfirmed(service, detector)) return undefined;
  if (!detector.words.some((word) => name.includes(word))) return undefined;
  return { rule: 'label of its pods, name and port', tier: 4, when: { selector: { [key]: '*' } } };
}

/**
 * What people call the product for short, `es-cluster`, in a name label of it or its pods, with no word for another part, and a
 * number that no other product has.
 */
function abbreviationOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { abbreviations = [] } = detector;
  const isShort = (value: string): boolean =>
    abbreviations.some((one) => `${value}-`.startsWith(`${one}-`) || endsWith(value, [one])) &&
    !hasOtherPart(value, detector);
  const product = products.find((value) => isShort(withoutNumbers(value)));
  if (product === undefined || !hasTellingPort(service, detector)) return undefined;
  return { rule: 'abbreviation in label and port', tier: 4, when: { product } };
}

/** Whether a text has a word for a part that answers no queries. */
function hasOtherPart(text: string, detector: Detector): boolean {
  const { otherParts: own = [] } = detector;
  return text.split('-').some((word) => (otherParts.has(word) || own.includes(word)) && !isEntryPoint(word, detector));
}

/** A name label of it or its pods with more words than the product's, a name that ends with it, and a number that no other product has. */
function nameAndLabelOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, selector } = service;
  const labels = [...products, ...valuesOf(selector ?? {}, productLabels)];
  if (!endsWith(name, detector.words) || !labels.some((value) => hasWord(value, detector.words))) return undefined;
  if (!hasTellingPort(service, detector)) return undefined;
  return { rule: 'product in label, name and port', tier: 5, when: { name } };
}

/** Terms of pod selectors that name a release or a resource, which people call after anything. */
const instanceTerms: ReadonlySet<string> = new Set([...hostLabelKeys, ...resourceTerms]);

/** No label names a product, and whatever the key of that is by which people choose the pods, its value does: `tier: mysql`. */
function selectorTermOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const key = termOf(service, (value) => isProduct(value, detector));
  if (products.length > 0 || key === undefined || !hasTellingPort(service, detector)) return undefined;
  return { rule: 'term of the pod selector and port', tier: 5, when: { selector: { [key]: '*' } } };
}

/** The first key of the pod selector with such a value that names neither a release nor a resource. */
function termOf({ selector, owners }: ServiceView, is: (value: string) => boolean): string | undefined {
  if (owners.length > 0) return undefined;
  const terms = Object.entries(selector ?? {});
  return terms.find(([key, value]) => !instanceTerms.has(key) && is(value))?.[0];
}

/**
 * A port has the product in its name, `tcp-postgresql`, and the product's own number. Where the product is not in the Service's
 * name as well, nothing else may speak against it.
 */
function portNameOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const names = tellingNamesOf(detector);
  const short = shortPortOf(service, detector);
  if (short) return short;
  if (products.length === 0 && hasWord(service.name, names)) {
    const port = service.ports.find((one) => isOpenOn(one, detector) && hasWord(one.name, names));
    const namedPort = port && { name: port.name, number: String(port.port) };
    if (namedPort) return { rule: 'name and port name', tier: 5, when: { name: service.name, namedPort } };
  }
  const port = service.ports.find((one) => isNamedFor(one, detector));
  if (port === undefined || !isPlain(service, port, detector)) return undefined;
  const namedPort = { name: port.name, number: String(port.port) };
  return { rule: 'port name and number', tier: 5, when: { namedPort } };
}

/** What people call the product for short stands in the names of both the Service and a port, which has a number that no other product has. */
function shortPortOf(service: ServiceView, detector: Detector): Evidence | undefined {
  const { abbreviations = [] } = detector;
  const port = service.ports.find((one) => isOpenOn(one, detector) && hasWord(one.name, abbreviations));
  if (port === undefined || !hasWord(service.name, abbreviations) || hasOtherPart(service.name, detector))
    return undefined;
  const namedPort = { name: port.name, number: String(port.port) };
  return { rule: 'name and port name', tier: 5, when: { name: service.name, namedPort } };
}

/** The first of its ports with a number that no other product has. */
function openPortOf({ ports }: ServiceView, detector: Detector): ServicePort | undefined {
  return ports.find((port) => isOpenOn(port, detector));
}

function isOpenOn(port: ServicePort, detector: Detector): boolean {
  return port.protocol === 'TCP' && isTellingNumber(port, detector);
}

/**
 * Whether a port, or the pods' port behind one that anything may listen on, is named for the product: what takes data in for
 * a store may be called after it, so that over HTTP only names that its own charts give count.
 */
function isNamedFor(port: ServicePort, detector: Detector): boolean {
  const { name, targetPort } = port;
  const isItsName = (text: string): boolean =>
    hasWord(text, tellingNamesOf(detector)) && (!isOverHttp(detector) || detector.ports.names.includes(text));
  if (isOpenOn(port, detector)) return isItsName(name);
  const isOpen = commonNumbers.has(port.port) && !matchesPattern(otherPorts, name);
  return isOpen && typeof targetPort === 'string' && isItsName(targetPort);
}

/** Whether nothing speaks against the port: no owner, which says what it is, and no port of something else beside it. */
function isPlain(service: ServiceView, port: ServicePort, detector: Detector): boolean {
  return service.owners.length === 0 && isWithoutOthers(service, port, detector);
}

function isWithoutOthers({ ports }: ServiceView, port: ServicePort, detector: Detector): boolean {
  return ports.every((one) => one === port || isBeside(one, detector));
}

/** Whether a port beside the product's may be of the same pods: another of its numbers, or what answers no queries. */
function isBeside(port: ServicePort, detector: Detector): boolean {
  const isOther = neverPorts.has(port.port) || matchesPattern(otherPorts, port.name);
  return isOther || port.protocol !== 'TCP' || isTellingNumber(port, detector);
}

/** What people call a database of any product. */
const databaseWords: readonly string[] = ['db', 'database'];

/** What people put behind the product when they name a Service. It names no part. */
const neutralEnds = /(?:-(?:svc|service|srv|server|lb|db|database))+$/;

/**
 * The product is all of the Service's name, and a port has its own number; or it stands whole in it beside the application that
 * the labels name, `shop-mysql`, or its release, and a port has a number that no other product has.
 */
function nameOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, owners } = service;
  const names = tellingNamesOf(detector);
  const isAll = names.includes(name.replace(neutralEnds, ''));
  const isOfRelease = (product: string): boolean =>
    valuesOf(service.labels, instanceLabels).some((one) => [name, product].every((text) => text.startsWith(`${one}-`)));
  const isOfApplication = products.every(
    (product) => hasWord(name, [product]) || databaseWords.includes(product) || isOfRelease(product),
  );
  if (!isAll && !(hasWord(name, names) && isOfApplication)) return undefined;
  const hasPort = isAll ? isConfirmed(service, detector) : hasTellingPort(service, detector);
  if (owners.length > 0 || !hasPort) return undefined;
  return { rule: 'name and number of a port', tier: 5, when: { name } };
}

/** Whatever its names are: one port has a number that answers queries, and another one that of another protocol of the product. */
function numbersOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { others = [] } = detector.ports;
  const port = openPortOf(service, detector);
  if (port === undefined || !service.ports.some((one) => others.includes(one.port))) return undefined;
  return { rule: 'numbers of ports', tier: 5, when: { namedPort: { name: port.name, number: String(port.port) } } };
}

/**
 * A name, `orders-db`, or a label of the pods, `tier: database`, says database, or what the product is used for, on the number that
 * one with a protocol of its own has.
 */
function databaseOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name } = service;
  const port = openPortOf(service, detector);
  if (port === undefined || isOverHttp(detector) || !isPlain(service, port, detector)) return undefined;
  const words = [...databaseWords, ...(detector.purposes ?? [])];
  if (hasWord(name, words)) return { rule: 'name of a database and port', tier: 5, when: { name } };
  const key = termOf(service, (value) => words.includes(value.toLowerCase()));
  if (key === undefined) return undefined;
  return { rule: 'label of a database and port', tier: 5, when: { selector: { [key]: '*' } } };
}

/**
 * An operator of an application names its resource or the application everywhere, and what it brings last in the Service's
 * name, `shop-redis`, or in that of the port: with a number that no other product has, and no port of anything else beside it.
 * Its headless Services are names for pods.
 */
function broughtOf({ service, owners }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name } = service;
  const port = openPortOf(service, detector);
  const names = tellingNamesOf(detector);
  if (owners.length === 0 || isHeadless(service) || port === undefined || isOverHttp(detector)) return undefined;
  if (!isWithoutOthers(service, port, detector)) return undefined;
  if (!names.includes(port.name) && !endsWith(name.replace(neutralEnds, ''), names)) return undefined;
  return { rule: 'name of what an application brings', tier: 5, when: { name } };
}

/**
 * A person leads it to a server elsewhere, with no label of a product and no selector: its name, or what people call the product
 * for short in it, and the product's own number as the only one are all that can tell.
 */
function outsideOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, owners, selector, type, ports } = service;
  if (selector !== null || type === 'ExternalName' || owners.length > 0 || products.length > 0) return undefined;
  if (ports.length !== 1 || !isConfirmed(service, detector)) return undefined;
  const { abbreviations = [] } = detector;
  const isShort = hasWord(name, abbreviations) && !hasOtherPart(name, detector);
  if (!hasWord(name, namesOf(detector)) && !isShort) return undefined;
  return { rule: 'name without a selector, and port', tier: 5, when: { name } };
}

/**
 * The product's own names, but for Prometheus: names of Services and ports have that word where any program counts what it
 * does.
 */
function tellingNamesOf(detector: Detector): readonly string[] {
  return namesOf(detector).filter((name) => name !== 'prometheus');
}

/** Databases and brokers have protocols of their own. */
function isOverHttp({ scheme }: Detector): boolean {
  return scheme.startsWith('http');
}

function endsWith(text: string, words: readonly string[]): boolean {
  return words.some((word) => `-${text}`.endsWith(`-${word}`));
}

function hasTellingPort(service: ServiceView, detector: Detector): boolean {
  return isConfirmed(service, detector) && service.ports.some((port) => isTellingNumber(port, detector));
}

/** The product's own names, as its name labels have them. */
const namesOf = memoize(({ evidence }: Detector): readonly string[] =>
  evidence.flatMap(({ tier, when: { product = [] } }) => (tier === 2 ? product : [])),
);

/** Whether the product's words stand whole in a text. */
function hasWord(text: string, words: readonly string[]): boolean {
  return words.some((word) => `-${text}-`.includes(`-${word}-`));
}

/** Whether a label's value is one of the product's own names. */
function isProduct(value: string, { evidence }: Detector): boolean {
  return evidence.some(
    ({ tier, when: { product, ...more } }) =>
      tier === 2 &&
      product !== undefined &&
      Object.keys(more).length === 0 &&
      matchesPattern(product, value.toLowerCase()),
  );
}
