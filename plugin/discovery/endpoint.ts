import type { Detector, EntryPoint, PortRule, ServicePort, ServiceView } from '../../detectors/types.ts';
import { certificateIssuers, servingCertificates } from '../../detectors/certificate-issuers.ts';
import { isProxyPort, neverPorts, otherPortNumbers, otherPorts } from '../../detectors/excluded-names.ts';
import type { Candidate, Endpoint } from './decision.ts';
import { hostOf } from './decision.ts';
import type { ServiceFacts } from './match/service-facts.ts';
import { factsOf, matchesCondition } from './match/service-facts.ts';
import { getOwn } from '../lib/json.ts';
import { matchesPattern } from './match/glob.ts';
import { commonNumbers } from './match/own-port.ts';

/** Port names without information: a lone port may have any of them. */
export const anyNames: readonly string[] = [
  '',
  'http',
  'https',
  'http-*',
  'https-*',
  '*-http',
  '*-https',
  'web',
  'api',
  'tcp',
  'main',
  'default',
  'server',
  'service',
  'ui',
  'public',
  'app',
];

export const httpsNames: readonly string[] = ['https', 'https-*', '*-https', 'tls', 'tls-*', '*-tls', 'ssl', '*-ssl'];

/** Whether cluster DNS returns the Pods' own addresses, so that the Service's port mapping does not apply. */
export function isHeadless(service: ServiceView): boolean {
  return service.clusterIP === 'None';
}

/** Whether nothing in the Service determines the scheme, so that evidence or a probe may. */
export function isGuess({ schemeFrom }: Endpoint): boolean {
  return schemeFrom.startsWith('default of');
}

/** Where the Service answers at this entry point; `null` where none of its ports fits. */
export function endpointOf(
  facts: ServiceFacts,
  detector: Detector,
  entryPoint: EntryPoint,
  clusterDomain: string,
): Endpoint | null {
  const { service } = facts;
  const port = choosePort(service, entryPoint.ports ?? detector.ports);
  if (!port) return null;
  return {
    ...schemeOf(facts, port, detector),
    host: hostOf(service, clusterDomain),
    port: isHeadless(service) && typeof port.targetPort === 'number' ? port.targetPort : port.port,
    path: entryPoint.path ?? detector.paths?.find(({ when }) => matchesCondition(when, facts))?.path ?? '',
  };
}

/** The candidate with the host name in its certificate, where the issuer builds that name by a fixed rule. */
export function withIssuersName(candidate: Candidate): Candidate {
  const { service, endpoint, rule } = candidate;
  const host = `${service.name}.${service.namespace}.svc`;
  if (endpoint.scheme !== 'https' || endpoint.foreign || endpoint.host === host) return candidate;
  const facts = factsOf(service);
  const issuer = certificateIssuers.find(({ services }) => services.some((when) => matchesCondition(when, facts)));
  if (!issuer) return candidate;
  return { ...candidate, endpoint: { ...endpoint, host }, rule: `${rule}; host name by ${issuer.title}` };
}

/** The endpoint with the Pods' port, where only EndpointSlices tell it: a headless Service with a named target port. */
export function withPodPort(
  endpoint: Endpoint,
  service: ServiceView,
  podPorts: ReadonlyMap<string, number> | null | undefined,
): Endpoint {
  if (!isHeadless(service)) return endpoint;
  const port = service.ports.find((one) => one.port === endpoint.port && typeof one.targetPort === 'string');
  return port ? { ...endpoint, port: podPorts?.get(port.name) ?? endpoint.port } : endpoint;
}

/**
 * Chooses the port in this order: by name, because charts keep names where users change numbers (unless the
 * name is that of an authentication proxy beside the product's own port); by number, of the Service or of its
 * Pods; a lone port with a meaningless name or an authentication proxy's. Common numbers and lone ports count
 * only if no other sign excludes them.
 */
function choosePort(
  service: ServiceView,
  { names, numbers, others = [], exact = false }: PortRule,
): ServicePort | undefined {
  const isNever = (number: number): boolean => !exact && (neverPorts.has(number) || others.includes(number));
  const tcp = service.ports.filter(({ protocol, port }) => protocol === 'TCP' && !isNever(port));
  const open = tcp.filter(({ name, port }) => !otherPortNumbers.has(port) && !matchesPattern(otherPorts, name));
  const isDistinctive = (number: number): boolean => exact || !commonNumbers.has(number);
  const named = findFirst(names, (name) => tcp.find((port) => matchesPattern(name, port.name)));
  return (
    (named && isOfProxy(named, numbers)
      ? findFirst(numbers.filter(isDistinctive), (n) => open.find(({ port }) => port === n))
      : undefined) ??
    named ??
    findFirst(numbers, (number) => (isDistinctive(number) ? tcp : open).find(({ port }) => port === number)) ??
    findFirst(numbers.filter(isDistinctive), (number) => open.find(({ targetPort }) => targetPort === number)) ??
    (tcp.length === 1 ? open.find(({ name }) => matchesPattern(anyNames, name)) : undefined) ??
    (open.length === 1 ? open.find(isProxyPort) : undefined)
  );
}

/** Whether an https port has none of the product's numbers: beside one that has, it is an authentication proxy. */
function isOfProxy({ name, port, targetPort }: ServicePort, numbers: readonly number[]): boolean {
  return matchesPattern(httpsNames, name) && !numbers.includes(port) && !numbers.includes(Number(targetPort));
}

/** The first port that `find` returns. */
function findFirst<T>(items: readonly T[], find: (item: T) => ServicePort | undefined): ServicePort | undefined {
  return items
    .values()
    .map(find)
    .find((port) => port !== undefined);
}

/**
 * Whether the annotation for a serving certificate applies to this port, and not to another one with an https name. On
 * headless Services it tells nothing: operators set it there regardless of what the Pods serve.
 */
function hasServingCertificate(service: ServiceView, port: ServicePort): boolean {
  if (!servingCertificates.some((key) => getOwn(service.annotations, key) !== undefined)) return false;
  const isOthers = service.ports.some((other) => other !== port && matchesPattern(httpsNames, other.name));
  return isProxyPort(port) || (!isOthers && !isHeadless(service));
}

/** Strongest sign first; the output names the sign that decided. */
function schemeOf(facts: ServiceFacts, port: ServicePort, detector: Detector): Pick<Endpoint, 'scheme' | 'schemeFrom'> {
  const { scheme, schemes = [], title } = detector;
  if (scheme !== 'http' && scheme !== 'https') return { scheme, schemeFrom: `protocol of ${title}` };
  const protocol = port.appProtocol.toLowerCase();
  if (protocol === 'https' || protocol === 'http') return { scheme: protocol, schemeFrom: 'appProtocol' };
  if (matchesPattern(httpsNames, port.name)) return { scheme: 'https', schemeFrom: `port name ${port.name}` };
  if (port.port === 443 || port.port === 8443) return { scheme: 'https', schemeFrom: `port ${String(port.port)}` };
  if (hasServingCertificate(facts.service, port)) {
    return { scheme: 'https', schemeFrom: 'serving certificate annotation' };
  }
  const known = schemes.find(({ when }) => matchesCondition(when, facts));
  return known
    ? { scheme: known.scheme, schemeFrom: `default of ${known.chart}` }
    : { scheme, schemeFrom: `default of ${title}` };
}
