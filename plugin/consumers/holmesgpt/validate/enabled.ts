import type { Data, DataMap } from '../../../lib/json.ts';
import { isMap } from '../../../lib/json.ts';
import type { Section } from '../../consumer.ts';
import type { MaybeKnown } from './subject.ts';
import { isBuiltIn, subjectOf } from './subject.ts';
import { isOffText } from './value-types.ts';

/** Whether a minor release of 0.x enables what such an entry says. */
export function isEnabled(section: Section, name: string, entry: Data, minor: number): boolean {
  if (!isMap(entry)) return false;
  const subject = subjectOf(section, name, entry, { holmes: '', minor });
  return !isOff(entry, subject) && !isLeftOff(entry, subject);
}

/** Of a toolset that is built in HolmesGPT reads `enabled` as a boolean; of any other it counts unless it is `false`. */
export function isOff({ enabled }: DataMap, subject: MaybeKnown): boolean {
  const isRead = isBuiltIn(subject) && (enabled === 0 || (typeof enabled === 'string' && isOffText(enabled)));
  return enabled === false || isRead;
}

/** What is built in stays off where the entry does not enable it, unless the release does so by itself. */
function isLeftOff({ enabled = null }: DataMap, subject: MaybeKnown): boolean {
  return enabled === null && isBuiltIn(subject) && (subject.known?.byDefault ?? Infinity) > subject.minor;
}
