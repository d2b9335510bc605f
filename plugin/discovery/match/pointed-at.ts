import type { Detector, ServiceView } from '../../../detectors/types.ts';
import { annotationKeys } from '../annotations.ts';
import { anyWordOf } from './detect.ts';
import { distinctivePortsBy } from './own-port.ts';
import { factsOf, matchesCondition, textOf } from './service-facts.ts';

/**
 * Whether anything in a Service points at a product of these detectors. Unless settings add further detectors, the
 * decision about any other Service depends on its name alone. Compiled once for many Services.
 */
export function pointedAtBy(detectors: readonly Detector[]): (service: ServiceView) => boolean {
  const words = detectors.flatMap((detector) => detector.words);
  const anyWord = words.length > 0 ? anyWordOf(words) : null;
  // Users' detectors have no words: all their conditions are evaluated.
  const wordless = detectors.filter((detector) => detector.words.length === 0);
  const conditions = wordless.flatMap(({ evidence }) => evidence.map(({ when }) => when));
  const distinctivePorts = distinctivePortsBy(detectors);
  return (service) => {
    if (service.oversize !== null || annotationKeys.some((key) => Object.hasOwn(service.annotations, key))) return true;
    if (anyWord?.test(textOf(service)) === true) return true;
    for (const _ of distinctivePorts(service)) return true;
    if (conditions.length === 0) return false;
    const facts = factsOf(service);
    return conditions.some((when) => matchesCondition(when, facts));
  };
}
