import { hostLabelKeys, resourceTerms } from '../../../detectors/label-keys.ts';
import type { Detector, ServicePort, ServiceView } from '../../../detectors/types.ts';
import { memoize } from '../../lib/memoize.ts';
import { hasOtherPart, isEntryPoint } from './component.ts';
import { matchesPattern } from './glob.ts';
import { isConfirmed, isDistinctivePort } from './own-port.ts';

/** Whether a text contains one of the words as a whole. */
export function hasWord(text: string, words: readonly string[]): boolean {
  return words.some((word) => `-${text}-`.includes(`-${word}-`));
}

export function endsWith(text: string, words: readonly string[]): boolean {
  return words.some((word) => `-${text}`.endsWith(`-${word}`));
}

/** Whether a label's value is one of the product's own names. */
export function isProduct(value: string, { evidence }: Detector): boolean {
  return evidence.some(
    ({ tier, when: { product, ...more } }) =>
      tier === 2 &&
      product !== undefined &&
      Object.keys(more).length === 0 &&
      matchesPattern(product, value.toLowerCase()),
  );
}

/** The product's own names, as its name labels spell them. */
export const namesOf = memoize(({ evidence }: Detector): readonly string[] =>
  evidence.flatMap(({ tier, when: { product = [] } }) => (tier === 2 ? product : [])),
);

/**
 * The product's own names, except for Prometheus: that word occurs in names of Services and ports
 * of any program with metrics.
 */
export function distinctiveNamesOf(detector: Detector): readonly string[] {
  return namesOf(detector).filter((name) => name !== 'prometheus');
}

/**
 * Removes a number or version from the end: `prometheus-01`, `mysql-8-0`. This is a single pass because the text is
 * untrusted: a regular expression would try every way to split a run of digits.
 */
export function withoutNumbers(text: string): string {
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

/** Whether a name has a word for a component that answers no queries, and that is no entry point of this product. */
export function namesOtherPart(name: string, detector: Detector): boolean {
  return hasOtherPart(name, detector, (word) => isEntryPoint(word, detector));
}

/** Words that people append to the product in a Service's name. They name no component. */
const serviceEnd = /-(?:svc|service|srv|server|lb|db|database)$/;

/** A Service's name without these words at its end. */
export function withoutServiceEnds(name: string): string {
  return serviceEnd.test(name) ? withoutServiceEnds(name.replace(serviceEnd, '')) : name;
}

/** The first key of the pod selector with such a value, except keys that name a release or a resource. */
export function termOf(
  { selector, owners }: ServiceView,
  is: (value: string, key: string) => boolean,
): string | undefined {
  if (owners.length > 0) return undefined;
  const terms = Object.entries(selector ?? {});
  return terms.find(([key, value]) => !instanceTerms.has(key) && is(value, key))?.[0];
}

/** Keys of pod selector terms for a release or a resource, whose names people choose freely. */
const instanceTerms: ReadonlySet<string> = new Set([...hostLabelKeys, ...resourceTerms]);

/** Otherwise it is a database or broker with its own protocol. */
export function isOverHttp({ scheme }: Detector): boolean {
  return scheme.startsWith('http');
}

export function hasDistinctivePort(service: ServiceView, detector: Detector): boolean {
  return isConfirmed(service, detector) && service.ports.some((port) => isDistinctivePort(port, detector));
}

/** The first TCP port with a number that no other product has. */
export function openPortOf({ ports }: ServiceView, detector: Detector): ServicePort | undefined {
  return ports.find((port) => isOpenOn(port, detector));
}

export function isOpenOn(port: ServicePort, detector: Detector): boolean {
  return port.protocol === 'TCP' && isDistinctivePort(port, detector);
}
