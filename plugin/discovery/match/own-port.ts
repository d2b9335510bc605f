import { neverPorts, nodePorts, otherPorts } from '../../../detectors/excluded-names.ts';
import type { Detector, ServicePort, ServiceView } from '../../../detectors/types.ts';
import { matchesPattern } from './glob.ts';

/** Numbers that say nothing about the product behind them. */
export const commonNumbers: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);

/** Numbers that any server may listen on, though one product has them by default. */
const usualNumbers: ReadonlySet<number> = new Set([3000, 5000, 8000, 9000, 9009]);

const ownNumbers = new WeakMap<Detector, ReadonlySet<number>>();

/** Whether a TCP port of the Service, or the pods' port behind it, has a number that is the product's own. */
export function isConfirmed({ ports }: ServiceView, detector: Detector): boolean {
  const own = ownNumbersOf(detector);
  return ports.some(
    ({ protocol, name, port, targetPort }) =>
      (own.has(port) || own.has(Number(targetPort))) &&
      protocol === 'TCP' &&
      (!isOtherPort(name, detector) || isOfApi(name, port, ports)),
  );
}

/** Whether it is called as what nodes say to each other, and is the only one that can be something else. */
function isOfApi(name: string, own: number, ports: readonly ServicePort[]): boolean {
  return matchesPattern(nodePorts, name) && ports.every(({ port }) => port === own || neverPorts.has(port));
}

/** Whether a port's name says that it answers no queries. Alertmanager's are called after alerts, as gossip of others is. */
function isOtherPort(name: string, { words }: Detector): boolean {
  return matchesPattern(otherPorts, name) && !(name.includes('alert') && words.includes('alertmanager'));
}

/** Whether a port, or the pods' port behind it, has a number that hardly anything but the product listens on. */
export function isTellingNumber({ port, targetPort }: ServicePort, detector: Detector): boolean {
  const telling = tellingNumbersOf(detector);
  return telling.includes(port) || telling.includes(Number(targetPort));
}

/** A number by which a Service may be suspected to be the product's. */
interface TellingNumber {
  readonly number: number;
  readonly detector: Detector;
}

/**
 * Finds the telling numbers among a Service's TCP ports. Most Services that have one are something else: only a product
 * whose Pods can prove it is suspected. Compiled once for many Services.
 */
export function tellingNumbersBy(detectors: readonly Detector[]): (service: ServiceView) => Iterable<TellingNumber> {
  const provable = detectors.filter(({ pods }) => pods !== undefined);
  const byNumber = Map.groupBy(
    provable.flatMap((detector) => tellingNumbersOf(detector).map((number) => ({ number, detector }))),
    ({ number }) => number,
  );
  return function* ({ ports }) {
    for (const { name, protocol, port, targetPort } of ports) {
      // Of any program that counts what it does, which often is on a number of Prometheus.
      if (name === 'metrics' || protocol !== 'TCP') continue;
      yield* byNumber.get(byNumber.has(port) ? port : Number(targetPort)) ?? [];
    }
  };
}

function tellingNumbersOf(detector: Detector): readonly number[] {
  return [...ownNumbersOf(detector)].filter((number) => !usualNumbers.has(number));
}

function ownNumbersOf(detector: Detector): ReadonlySet<number> {
  const known = ownNumbers.get(detector);
  if (known) return known;
  const rules = [detector.ports, ...detector.entryPoints.flatMap(({ ports }) => ports ?? [])];
  const own = new Set(rules.flatMap(({ numbers }) => numbers).filter((number) => !commonNumbers.has(number)));
  ownNumbers.set(detector, own);
  return own;
}
