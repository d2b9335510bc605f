import { otherPorts } from '../../../detectors/excluded-names.ts';
import type { Detector, ServiceView } from '../../../detectors/types.ts';
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
      (own.has(port) || own.has(Number(targetPort))) && protocol === 'TCP' && !matchesPattern(otherPorts, name),
  );
}

/** Numbers by which a Service may be suspected to be the product's. */
export function tellingNumbersOf(detector: Detector): readonly number[] {
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
