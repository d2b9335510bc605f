import { neverPorts, otherDatabases, otherPorts } from '../../../detectors/excluded-names.ts';
import { instanceLabels } from '../../../detectors/label-keys.ts';
import type { Condition, Detector, Evidence, ServicePort, ServiceView } from '../../../detectors/types.ts';
import { isHeadless } from '../endpoint.ts';
import { isEntryPoint } from './component.ts';
import { matchesPattern } from './glob.ts';
import { commonNumbers, isConfirmed, isDistinctivePort } from './own-port.ts';
import type { ServiceFacts } from './service-facts.ts';
import { valuesOf } from './service-facts.ts';
import {
  distinctiveNamesOf,
  endsWith,
  hasDistinctivePort,
  namesOtherPart,
  hasWord,
  isOpenOn,
  isOverHttp,
  namesOf,
  withoutServiceEnds,
  openPortOf,
  termOf,
} from './product-words.ts';

/**
 * A port with the product's own number has the product in its name: `tcp-postgresql`. Unless the Service's name
 * contains the product as well, no other sign may contradict.
 */
export function portNameOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const names = distinctiveNamesOf(detector);
  const short = shortPortOf(service, detector);
  if (short) return short;
  if (products.length === 0 && hasWord(service.name, names)) {
    const port = service.ports.find((one) => isOpenOn(one, detector) && hasWord(one.name, names));
    if (port) return nameAndPort(service, port);
  }
  const port = service.ports.find((one) => isNamedFor(one, detector));
  if (port === undefined || !isPlain(service, port, detector)) return undefined;
  return { rule: 'port name and number', tier: 5, when: { namedPort: namedPortOf(port) } };
}

/** A short name of the product in the names of both the Service and a port with a telling number. */
function shortPortOf(service: ServiceView, detector: Detector): Evidence | undefined {
  const { abbreviations = [] } = detector;
  const port = service.ports.find((one) => isOpenOn(one, detector) && hasWord(one.name, abbreviations));
  if (port === undefined || !hasWord(service.name, abbreviations) || namesOtherPart(service.name, detector))
    return undefined;
  return nameAndPort(service, port);
}

function nameAndPort({ name }: ServiceView, port: ServicePort): Evidence {
  return { rule: 'name and port name', tier: 5, when: { name, namedPort: namedPortOf(port) } };
}

function namedPortOf({ name, port }: ServicePort): Required<Condition>['namedPort'] {
  return { name, number: String(port) };
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

/**
 * The Service's name is the product, and a port has one of its numbers; or the name contains the product, or its
 * abbreviation, as a whole word beside the labelled application (`shop-mysql`) or release, and a port has a telling number.
 */
export function nameOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, owners } = service;
  const { abbreviations = [] } = detector;
  const names = distinctiveNamesOf(detector);
  const isAll = names.includes(withoutServiceEnds(name));
  const isOfRelease = (product: string): boolean =>
    valuesOf(service.labels, instanceLabels).some((one) => [name, product].every((text) => text.startsWith(`${one}-`)));
  const isOfApplication = products.every(
    (product) => hasWord(name, [product]) || databaseWords.includes(product) || isOfRelease(product),
  );
  const isShort = service.selector !== null && hasWord(name, abbreviations) && !namesOtherPart(name, detector);
  if (!isAll && !((hasWord(name, names) || isShort) && isOfApplication)) return undefined;
  const hasPort = isAll ? isConfirmed(service, detector) : hasDistinctivePort(service, detector);
  if (owners.length > 0 || !hasPort) return undefined;
  return { rule: 'name and number of a port', tier: 5, when: { name } };
}

/**
 * The Service's name has the product followed by one of its entry points, and the component label of the Service or its
 * Pods is that entry point: `loki-gateway-internal` for `component: gateway`.
 */
export function nameAndComponentOf({ service, components }: ServiceFacts, detector: Detector): Evidence | undefined {
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
export function numbersOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { others = [] } = detector.ports;
  const port = openPortOf(service, detector);
  if (port === undefined || !service.ports.some((one) => others.includes(one.port))) return undefined;
  return { rule: 'numbers of ports', tier: 5, when: { namedPort: namedPortOf(port) } };
}

/**
 * For products with their own protocol: a Service name (`orders-db`) or a label of the Pods (`tier: database`) says
 * database or names the product's purpose, and the port has a telling number.
 */
export function databaseOf({ service }: ServiceFacts, detector: Detector): Evidence | undefined {
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
export function broughtOf({ service, owners }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name } = service;
  const port = openPortOf(service, detector);
  const names = distinctiveNamesOf(detector);
  if (owners.length === 0 || isHeadless(service) || port === undefined || isOverHttp(detector)) return undefined;
  if (!isWithoutOthers(service, port, detector)) return undefined;
  if (!names.includes(port.name) && !endsWith(withoutServiceEnds(name), names)) return undefined;
  return { rule: 'name of what an application brings', tier: 5, when: { name } };
}

/**
 * A Service without selector that leads to a server elsewhere, without a label of a product. Only the product, or a
 * short name for it, in the Service's name and the product's number on the only port can tell.
 */
export function outsideOf({ service, products }: ServiceFacts, detector: Detector): Evidence | undefined {
  const { name, owners, selector, type, ports } = service;
  if (selector !== null || type === 'ExternalName' || owners.length > 0 || products.length > 0) return undefined;
  if (ports.length !== 1 || !isConfirmed(service, detector)) return undefined;
  const { abbreviations = [] } = detector;
  const isShort = hasWord(name, abbreviations) && !namesOtherPart(name, detector);
  if (!hasWord(name, [...namesOf(detector), ...detector.words]) && !isShort) return undefined;
  return { rule: 'name without a selector, and port', tier: 5, when: { name } };
}
