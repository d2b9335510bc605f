import { monitoringWords, neverPorts, nodePorts, otherPorts, viewWords } from '../../../detectors/excluded-names.ts';
import type { Detector, ServicePort, ServiceView } from '../../../detectors/types.ts';
import { matchesPattern } from './glob.ts';
import { memoize } from '../../lib/memoize.ts';

/** Port numbers that tell nothing about the product. */
export const commonNumbers: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);

/** Port numbers that any server may use, although one product has them by default. */
const genericNumbers: ReadonlySet<number> = new Set([3000, 5000, 8000, 9000, 9009]);

/** Whether a TCP port of the Service, or its target port, has one of the product's own numbers. */
export function isConfirmed({ ports }: ServiceView, detector: Detector): boolean {
  const own = ownNumbersOf(detector);
  return ports.some(
    ({ protocol, name, port, targetPort }) =>
      (own.has(port) || own.has(Number(targetPort))) &&
      protocol === 'TCP' &&
      (!isOtherPort(name, detector) || isOfApi(name, port, ports)),
  );
}

/** Whether the name is that of traffic between nodes, and no other port of the Service can be the API. */
function isOfApi(name: string, own: number, ports: readonly ServicePort[]): boolean {
  return matchesPattern(nodePorts, name) && ports.every(({ port }) => port === own || neverPorts.has(port));
}

/** Whether a port's name says that it answers no queries. For Alertmanager, `alert` in the name means its own API. */
function isOtherPort(name: string, { words }: Detector): boolean {
  return matchesPattern(otherPorts, name) && !(name.includes('alert') && words.includes('alertmanager'));
}

/** Whether a port, or its target port, has a number that hardly any other product uses. */
export function isDistinctivePort({ port, targetPort }: ServicePort, detector: Detector): boolean {
  const distinctive = distinctiveNumbersOf(detector);
  return distinctive.includes(port) || distinctive.includes(Number(targetPort));
}

/** A port number that makes a Service a suspect for a product. */
interface DistinctivePort {
  readonly number: number;
  readonly detector: Detector;
}

/**
 * Finds telling numbers among a Service's TCP ports; numbers that any server may use tell something where the Service is
 * named for monitoring. Most Services with such a number are something else, so only products whose Pods can prove it
 * are suspected. Compiled once for many Services.
 */
export function distinctivePortsBy(
  detectors: readonly Detector[],
): (service: ServiceView) => Iterable<DistinctivePort> {
  const provable = detectors.filter(({ pods }) => pods !== undefined);
  const byNumber = groupedBy(provable, (detector) =>
    distinctiveNumbersOf(detector).filter((number) => detector.ports.ambiguous?.includes(number) !== true),
  );
  const byGenericNumber = groupedBy(provable, (detector) =>
    [...ownNumbersOf(detector)].filter((number) => genericNumbers.has(number)),
  );
  return function* (service) {
    for (const { name, protocol, port, targetPort } of service.ports) {
      // Any program's metrics port, often with one of Prometheus' numbers.
      if (name === 'metrics' || protocol !== 'TCP') continue;
      const found = byNumber.get(byNumber.has(port) ? port : Number(targetPort));
      const generic = found ?? byGenericNumber.get(byGenericNumber.has(port) ? port : Number(targetPort)) ?? [];
      if (found !== undefined || (generic.length > 0 && isForMonitoring(service))) yield* generic;
    }
  };
}

function groupedBy(
  detectors: readonly Detector[],
  numbersOf: (detector: Detector) => readonly number[],
): ReadonlyMap<number, readonly DistinctivePort[]> {
  const all = detectors.flatMap((detector) => numbersOf(detector).map((number) => ({ number, detector })));
  return Map.groupBy(all, ({ number }) => number);
}

/** Whether the Service, its namespace or a label of its Pods is named for monitoring. */
function isForMonitoring({ namespace, name, selector }: ServiceView): boolean {
  return [namespace, name, ...Object.values(selector ?? {})].some((text) =>
    text.split('-').some((word) => monitoringWords.has(word) || viewWords.has(word)),
  );
}

function distinctiveNumbersOf(detector: Detector): readonly number[] {
  return [...ownNumbersOf(detector)].filter((number) => !genericNumbers.has(number));
}

const ownNumbersOf = memoize(({ ports, entryPoints }: Detector): ReadonlySet<number> => {
  const rules = [ports, ...entryPoints.flatMap((one) => one.ports ?? [])];
  return new Set(rules.flatMap(({ numbers }) => numbers).filter((number) => !commonNumbers.has(number)));
});
