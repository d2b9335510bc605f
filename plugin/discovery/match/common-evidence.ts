import { neverPorts, otherDatabases, otherParts, otherPorts } from '../../../detectors/excluded-names.ts';
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
import { commonNumbers, isConfirmed, isDistinctivePort } from './own-port.ts';
import type { ServiceFacts } from './service-facts.ts';
import { valuesOf } from './service-facts.ts';

/**
 * Evidence common to all products, for Services that none of the detector's own evidence matches: any operator's
 * resource, a vendor's chart, stores that applications bring along, and names that people commonly choose.
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
    nameAndComponentOf(facts, detector) ??
    numbersOf(facts, detector) ??
    databaseOf(facts, detector) ??
    broughtOf(facts, detector) ??
    outsideOf(facts, detector)
  );
}

/** Suffixes that operators add to the product in the kinds of their resources: `MySQLCluster`, `RedisFailover`. */
const kindEnds = /(?:cluster|replicaset|replication|failover|instance|database|server)$/i;

/** Any operator's resource whose kind names the product, such as `Postgres.kubedb.com`, and the product's own port. */
function ownerOf({ service, owners }: ServiceFacts, detector: Detector): Evidence | undefined {
  const found = service.owners.findIndex(({ kind }) =>
    [kind, kind.replace(kindEnds, '')].some((text) => isProduct(text, detector) || isLastOf(text, detector)),
  );
  const owner = owners[found];
  if (owner === undefined || !isConfirmed(service, detector)) return undefined;
  return { rule: 'owner and port', tier: 2, when: { owner } };
}

/** Whether the product's name ends the kind, after words of the operator's: `DistributedRedisCluster`. */
function isLastOf(kind: string, detector: Detector): boolean {
  return namesOf(detector).some(
    (name) => kind.toLowerCase().endsWith(name) && /[A-Z]/.test(kind.at(-name.length) ?? ''),
  );
}

/** A name label of the Service or its Pods that is the product followed by a number, and the product's own port. */
function numberedOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const product = products.find((value) => {
    const unnumbered = withoutNumbers(value);
    return unnumbered !== value && isProduct(unnumbered, detector);
  });
  if (product === undefined || !isConfirmed(service, detector)) return undefined;
  return { rule: 'product label and port', tier: 4, when: { product } };
}

/**
 * Removes a number or version from the end: `prometheus-01`, `mysql-8-0`. This is a single pass because the text is
 * untrusted: a regular expression would try every way to split a run of digits.
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
 * A vendor's or operator's name for the product, such as `grafana-mimir`: a name or chart label contains the product as
 * whole words, and the component is one of its entry points.
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

/**
 * An application's chart names the application everywhere, and a product it brings only as
 * component: `component: redis`.
 */
function componentOf(facts: ServiceFacts, detector: Detector): Evidence | undefined {
  const component = facts.components.find((value) => isProduct(value, detector));
  if (component === undefined || !isConfirmed(facts.service, detector)) return undefined;
  return { rule: 'component label and port', tier: 4, when: { component } };
}

/** A vendor's chart of the product, such as `icp-mongodb`, even with other name labels, and a telling port number. */
function chartOf({ service, charts }: ServiceFacts, detector: Detector): Evidence | undefined {
  const chart = charts.find((value) => endsWith(value, distinctiveNamesOf(detector)));
  if (chart === undefined || !hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'product in chart and port', tier: 4, when: { chart } };
}

/** Labels that name the product or the application. */
const namingLabels: ReadonlySet<string> = new Set([...productLabels, ...houseLabels]);

/**
 * The Service's labels name the application; its Pods' labels and the Service's name contain the product. Where the Pods' label
 * only ends with it (`shop-mysql`), the port needs a telling number.
 */
function podLabelOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, selector } = service;
  const ends = hasDistinctivePort(service, detector) ? distinctiveNamesOf(detector) : [];
  const key = [...namingLabels].find((one) => {
    const value = getOwn(selector ?? {}, one) ?? '';
    return isProduct(value, detector) || endsWith(value, ends);
  });
  if (key === undefined || !isConfirmed(service, detector)) return undefined;
  if (!detector.words.some((word) => name.includes(word))) return undefined;
  return { rule: 'label of its pods, name and port', tier: 4, when: { selector: { [key]: '*' } } };
}

/**
 * A short name of the product, such as `es-cluster`, in a name label of the Service or its Pods, without a word for
 * another part, and a telling port number.
 */
function abbreviationOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { abbreviations = [] } = detector;
  const isShort = (value: string): boolean =>
    abbreviations.some((one) => `${value}-`.startsWith(`${one}-`) || endsWith(value, [one])) &&
    !hasOtherPart(value, detector);
  const product = products.find((value) => isShort(withoutNumbers(value)));
  if (product === undefined || !hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'abbreviation in label and port', tier: 4, when: { product } };
}

/** Whether a text contains a word for a component that answers no queries. */
function hasOtherPart(text: string, detector: Detector): boolean {
  const { otherParts: own = [] } = detector;
  return text.split('-').some((word) => (otherParts.has(word) || own.includes(word)) && !isEntryPoint(word, detector));
}

/**
 * A name label with the product among other words, a Service name that ends with the product, and a
 * telling port number.
 */
function nameAndLabelOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, selector } = service;
  const labels = [...products, ...valuesOf(selector ?? {}, productLabels)];
  if (
    !endsWith(name.replace(neutralEnds, ''), detector.words) ||
    !labels.some((value) => hasWord(value, detector.words))
  )
    return undefined;
  if (!hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'product in label, name and port', tier: 5, when: { name } };
}

/** Keys of pod selector terms for a release or a resource, whose names people choose freely. */
const instanceTerms: ReadonlySet<string> = new Set([...hostLabelKeys, ...resourceTerms]);

/**
 * A term of the pod selector has the product as its value, whatever the key: `tier: mysql`. Where a label names something
 * else (the application), only telling names count, and keys that name the application do not.
 */
function selectorTermOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const names = distinctiveNamesOf(detector);
  const isOfApplication = products.length > 0;
  const key = termOf(service, (value, one) =>
    isOfApplication ? names.includes(value) && !namingLabels.has(one) : isProduct(value, detector),
  );
  if (key === undefined || !hasDistinctivePort(service, detector)) return undefined;
  return { rule: 'term of the pod selector and port', tier: 5, when: { selector: { [key]: '*' } } };
}

/** The first key of the pod selector with such a value, except keys that name a release or a resource. */
function termOf({ selector, owners }: ServiceView, is: (value: string, key: string) => boolean): string | undefined {
  if (owners.length > 0) return undefined;
  const terms = Object.entries(selector ?? {});
  return terms.find(([key, value]) => !instanceTerms.has(key) && is(value, key))?.[0];
}

/**
 * A port with the product's own number has the product in its name: `tcp-postgresql`. Unless the Service's name
 * contains the product as well, no other sign may contradict.
 */
function portNameOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const names = distinctiveNamesOf(detector);
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

/** A short name of the product in the names of both the Service and a port with a telling number. */
function shortPortOf(service: ServiceView, detector: Detector): Evidence | undefined {
  const { abbreviations = [] } = detector;
  const port = service.ports.find((one) => isOpenOn(one, detector) && hasWord(one.name, abbreviations));
  if (port === undefined || !hasWord(service.name, abbreviations) || hasOtherPart(service.name, detector))
    return undefined;
  const namedPort = { name: port.name, number: String(port.port) };
  return { rule: 'name and port name', tier: 5, when: { name: service.name, namedPort } };
}

/** The first TCP port with a number that no other product has. */
function openPortOf({ ports }: ServiceView, detector: Detector): ServicePort | undefined {
  return ports.find((port) => isOpenOn(port, detector));
}

function isOpenOn(port: ServicePort, detector: Detector): boolean {
  return port.protocol === 'TCP' && isDistinctivePort(port, detector);
}

/**
 * Whether a port is named for the product; for common port numbers, the target port's name counts. Over HTTP only names
 * from the product's own charts count: a port that ingests data for a store may be named after the store.
 */
function isNamedFor(port: ServicePort, detector: Detector): boolean {
  const { name, targetPort } = port;
  const namesProduct = (text: string): boolean =>
    hasWord(text, distinctiveNamesOf(detector)) && (!isOverHttp(detector) || detector.ports.names.includes(text));
  if (isOpenOn(port, detector)) return namesProduct(name);
  const isOpen = commonNumbers.has(port.port) && !matchesPattern(otherPorts, name);
  return isOpen && typeof targetPort === 'string' && namesProduct(targetPort);
}

/** Whether nothing contradicts the port: no owner, and no port of something else beside it. */
function isPlain(service: ServiceView, port: ServicePort, detector: Detector): boolean {
  return service.owners.length === 0 && isWithoutOthers(service, port, detector);
}

function isWithoutOthers({ ports }: ServiceView, port: ServicePort, detector: Detector): boolean {
  return ports.every((one) => one === port || isCompanionPort(one, detector));
}

/**
 * Whether a port beside the product's can belong to the same Pods: another of its numbers, or one
 * that answers no queries.
 */
function isCompanionPort(port: ServicePort, detector: Detector): boolean {
  const isOther = neverPorts.has(port.port) || matchesPattern(otherPorts, port.name);
  return isOther || port.protocol !== 'TCP' || isDistinctivePort(port, detector);
}

/** General names for a database, whatever the product. */
const databaseWords: readonly string[] = ['db', 'database'];

/** Words that people append to the product in a Service's name. They name no component. */
const neutralEnds = /(?:-(?:svc|service|srv|server|lb|db|database))+$/;

/**
 * The Service's name is the product, and a port has one of its numbers; or the name contains the product, or its
 * abbreviation, as a whole word beside the labelled application (`shop-mysql`) or release, and a port has a telling number.
 */
function nameOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, owners } = service;
  const { abbreviations = [] } = detector;
  const names = distinctiveNamesOf(detector);
  const isAll = names.includes(name.replace(neutralEnds, ''));
  const isOfRelease = (product: string): boolean =>
    valuesOf(service.labels, instanceLabels).some((one) => [name, product].every((text) => text.startsWith(`${one}-`)));
  const isOfApplication = products.every(
    (product) => hasWord(name, [product]) || databaseWords.includes(product) || isOfRelease(product),
  );
  const isShort = service.selector !== null && hasWord(name, abbreviations) && !hasOtherPart(name, detector);
  if (!isAll && !((hasWord(name, names) || isShort) && isOfApplication)) return undefined;
  const hasPort = isAll ? isConfirmed(service, detector) : hasDistinctivePort(service, detector);
  if (owners.length > 0 || !hasPort) return undefined;
  return { rule: 'name and number of a port', tier: 5, when: { name } };
}

/**
 * The Service's name has the product followed by one of its entry points, and the component label of the Service or its
 * Pods is that entry point: `loki-gateway-internal` for `component: gateway`.
 */
function nameAndComponentOf({ service, components }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, owners } = service;
  const names = distinctiveNamesOf(detector);
  const component = components.find(
    (part) =>
      isEntryPoint(part, detector) &&
      hasWord(
        name,
        names.map((one) => `${one}-${part}`),
      ),
  );
  if (component === undefined || owners.length > 0) return undefined;
  return { rule: 'name and component', tier: 5, when: { name, component } };
}

/** Regardless of names: one port has a telling number, another one the number of another protocol of the product. */
function numbersOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { others = [] } = detector.ports;
  const port = openPortOf(service, detector);
  if (port === undefined || !service.ports.some((one) => others.includes(one.port))) return undefined;
  return { rule: 'numbers of ports', tier: 5, when: { namedPort: { name: port.name, number: String(port.port) } } };
}

/**
 * For products with their own protocol: a Service name (`orders-db`) or a label of the Pods (`tier: database`) says
 * database or names the product's purpose, and the port has a telling number.
 */
function databaseOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name } = service;
  const port = openPortOf(service, detector);
  if (port === undefined || isOverHttp(detector) || !isPlain(service, port, detector)) return undefined;
  const words = [...databaseWords, ...(detector.purposes ?? [])];
  if (hasWord(name, words) || isCalledDatabase(name, namesOf(detector)))
    return { rule: 'name of a database and port', tier: 5, when: { name } };
  const key = termOf(service, (value) => words.includes(value.toLowerCase()));
  if (key === undefined) return undefined;
  return { rule: 'label of a database and port', tier: 5, when: { selector: { [key]: '*' } } };
}

/**
 * A word of the name ends with `db` (`wpdb`, `orderdb-eu`), and none is a product's name: names of the detector's own product
 * need the evidence of a product, and others can only speak its protocol.
 */
function isCalledDatabase(name: string, products: readonly string[]): boolean {
  const words = name.split('-');
  const isProductName = (word: string): boolean => otherDatabases.has(word) || products.includes(word);
  return words.some((word) => word.length > 3 && word.endsWith('db')) && !words.some(isProductName);
}

/**
 * An application's operator names its resource or the application everywhere; a product that it brings is the last word
 * of the Service's name (`shop-redis`) or the name of the port. The port needs a telling number and no foreign port
 * beside it. Headless Services are excluded: they only give names to Pods.
 */
function broughtOf({ service, owners }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name } = service;
  const port = openPortOf(service, detector);
  const names = distinctiveNamesOf(detector);
  if (owners.length === 0 || isHeadless(service) || port === undefined || isOverHttp(detector)) return undefined;
  if (!isWithoutOthers(service, port, detector)) return undefined;
  if (!names.includes(port.name) && !endsWith(name.replace(neutralEnds, ''), names)) return undefined;
  return { rule: 'name of what an application brings', tier: 5, when: { name } };
}

/**
 * A Service without selector that leads to a server elsewhere, without a label of a product. Only the product, or a
 * short name for it, in the Service's name and the product's number on the only port can tell.
 */
function outsideOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, owners, selector, type, ports } = service;
  if (selector !== null || type === 'ExternalName' || owners.length > 0 || products.length > 0) return undefined;
  if (ports.length !== 1 || !isConfirmed(service, detector)) return undefined;
  const { abbreviations = [] } = detector;
  const isShort = hasWord(name, abbreviations) && !hasOtherPart(name, detector);
  if (!hasWord(name, [...namesOf(detector), ...detector.words]) && !isShort) return undefined;
  return { rule: 'name without a selector, and port', tier: 5, when: { name } };
}

/**
 * The product's own names, except for Prometheus: that word occurs in names of Services and ports
 * of any program with metrics.
 */
function distinctiveNamesOf(detector: Detector): readonly string[] {
  return namesOf(detector).filter((name) => name !== 'prometheus');
}

/** Otherwise it is a database or broker with its own protocol. */
function isOverHttp({ scheme }: Detector): boolean {
  return scheme.startsWith('http');
}

function endsWith(text: string, words: readonly string[]): boolean {
  return words.some((word) => `-${text}`.endsWith(`-${word}`));
}

function hasDistinctivePort(service: ServiceView, detector: Detector): boolean {
  return isConfirmed(service, detector) && service.ports.some((port) => isDistinctivePort(port, detector));
}

/** The product's own names, as its name labels spell them. */
const namesOf = memoize(({ evidence }: Detector): readonly string[] =>
  evidence.flatMap(({ tier, when: { product = [] } }) => (tier === 2 ? product : [])),
);

/** Whether a text contains one of the words as a whole. */
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
