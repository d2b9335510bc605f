import type { Detector, Door, PortRule, ServicePort, ServiceView } from '../../detectors/types.ts';
import { otherPortNumbers, otherPorts } from '../../detectors/vetoes.ts';
import type { Endpoint } from './decision.ts';
import { matches } from './pattern.ts';

export const servingCertificate = 'service.beta.openshift.io/serving-cert-secret-name';

/** Whether cluster DNS answers with the pods' own addresses, so that the Service's port mapping does not apply. */
export function isHeadless(service: ServiceView): boolean {
  return service.clusterIP === 'None';
}

/** Where the Service answers at this door, or `null` where none of its ports can be the one. */
export function endpointOf(
  service: ServiceView,
  detector: Detector,
  door: Door,
  clusterDomain: string,
): Endpoint | null {
  const port = choosePort(service, door.ports ?? detector.ports);
  if (!port) return null;
  return {
    ...schemeOf(service, port, detector),
    host: `${service.name}.${service.namespace}.svc.${clusterDomain}`,
    port: isHeadless(service) && typeof port.targetPort === 'number' ? port.targetPort : port.port,
    path: door.path ?? '',
  };
}

/** By name first, for charts keep names where users change numbers; a lone port that nothing speaks against last. */
function choosePort(service: ServiceView, rule: PortRule): ServicePort | undefined {
  const tcp = service.ports.filter((port) => port.protocol === 'TCP');
  for (const name of rule.names) {
    const named = tcp.find((port) => matches(name, port.name));
    if (named) return named;
  }
  const open = tcp.filter((port) => !otherPortNumbers.has(port.port) && !matches(otherPorts, port.name));
  for (const number of rule.numbers) {
    const numbered = open.find((port) => port.port === number);
    if (numbered) return numbered;
  }
  return open.length === 1 ? open[0] : undefined;
}

function schemeOf(
  service: ServiceView,
  port: ServicePort,
  detector: Detector,
): Pick<Endpoint, 'scheme' | 'schemeFrom'> {
  const protocol = port.appProtocol.toLowerCase();
  if (protocol === 'https' || protocol === 'http') return { scheme: protocol, schemeFrom: 'appProtocol' };
  if (matches(['https*', '*-https', 'tls-*', '*-tls'], port.name))
    return { scheme: 'https', schemeFrom: `port name ${port.name}` };
  if (port.port === 443 || port.port === 8443) return { scheme: 'https', schemeFrom: `port ${String(port.port)}` };
  if (service.annotations[servingCertificate]) return { scheme: 'https', schemeFrom: 'serving certificate annotation' };
  return { scheme: detector.scheme, schemeFrom: `default of ${detector.title}` };
}
