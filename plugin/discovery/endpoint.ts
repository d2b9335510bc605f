import type { Detector, Door, PortRule, ServicePort, ServiceView } from '../../detectors/types.ts';
import { neverPorts, otherPortNumbers, otherPorts } from '../../detectors/vetoes.ts';
import type { Endpoint } from './decision.ts';
import type { Facts } from './facts.ts';
import { holds } from './facts.ts';
import { matches } from './pattern.ts';

export const servingCertificate = 'service.beta.openshift.io/serving-cert-secret-name';

/** Numbers that say nothing about the product behind them. */
const commonNumbers = new Set([80, 443, 8080, 8443]);

const httpsNames = ['https', 'https-*', '*-https', 'tls', 'tls-*', '*-tls', 'ssl', '*-ssl'];

/** Whether cluster DNS answers with the pods' own addresses, so that the Service's port mapping does not apply. */
export function isHeadless(service: ServiceView): boolean {
  return service.clusterIP === 'None';
}

/** Where the Service answers at this door, or `null` where none of its ports can be the one. */
export function endpointOf(facts: Facts, detector: Detector, door: Door, clusterDomain: string): Endpoint | null {
  const { service } = facts;
  const port = choosePort(service, door.ports ?? detector.ports);
  if (!port) return null;
  return {
    ...schemeOf(facts, port, detector),
    host: `${service.name}.${service.namespace}.svc.${clusterDomain}`,
    port: isHeadless(service) && typeof port.targetPort === 'number' ? port.targetPort : port.port,
    path: door.path ?? '',
  };
}

/**
 * By name first, for charts keep names where users change numbers; then by number; a lone port that nothing speaks
 * against last. Numbers that anything may listen on count only under a name that nothing speaks against.
 */
function choosePort(service: ServiceView, rule: PortRule): ServicePort | undefined {
  const tcp = service.ports.filter(
    (port) => port.protocol === 'TCP' && (rule.exact === true || !neverPorts.has(port.port)),
  );
  for (const name of rule.names) {
    const named = tcp.find((port) => matches(name, port.name));
    if (named) return named;
  }
  const open = tcp.filter((port) => !otherPortNumbers.has(port.port) && !matches(otherPorts, port.name));
  for (const number of rule.numbers) {
    const numbered = (commonNumbers.has(number) && rule.exact !== true ? open : tcp).find(
      (port) => port.port === number,
    );
    if (numbered) return numbered;
  }
  return tcp.length === 1 ? open[0] : undefined;
}

/** Strongest sign first; which one decided is reported. */
function schemeOf(facts: Facts, port: ServicePort, detector: Detector): Pick<Endpoint, 'scheme' | 'schemeFrom'> {
  const { scheme, schemes = [], title } = detector;
  if (scheme !== 'http' && scheme !== 'https') return { scheme, schemeFrom: `protocol of ${title}` };
  const protocol = port.appProtocol.toLowerCase();
  if (protocol === 'https' || protocol === 'http') return { scheme: protocol, schemeFrom: 'appProtocol' };
  if (matches(httpsNames, port.name)) return { scheme: 'https', schemeFrom: `port name ${port.name}` };
  if (port.port === 443 || port.port === 8443) return { scheme: 'https', schemeFrom: `port ${String(port.port)}` };
  // On a headless twin operators put the annotation as a matter of course, whatever the pods serve.
  if (facts.service.annotations[servingCertificate] !== undefined && !isHeadless(facts.service)) {
    return { scheme: 'https', schemeFrom: 'serving certificate annotation' };
  }
  const known = schemes.find(({ when }) => holds(when, facts));
  return known
    ? { scheme: known.scheme, schemeFrom: `default of ${known.chart}` }
    : { scheme, schemeFrom: `default of ${title}` };
}
