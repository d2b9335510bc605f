import type { Data, DataMap } from '../../../lib/json.ts';
import { isMap } from '../../../lib/json.ts';
import type { Section } from '../../consumer.ts';
import type { MaybeKnown } from './subject.ts';
import { isBuiltIn, subjectOf } from './subject.ts';
import { isOffText } from './value-types.ts';

/** Whether a minor release of 0.x enables such an entry. */
export function isEnabled(section: Section, name: string, entry: Data, minor: number): boolean {
  if (!isMap(entry)) return false;
  const subject = subjectOf(section, name, entry, minor);
  return !isOff(entry, subject) && !isLeftOff(entry, subject);
}

/**
 * HolmesGPT reads `enabled` of a built-in toolset as a boolean; in any other toolset everything
 * except `false` counts as true.
 */
export function isOff({ enabled }: DataMap, subject: MaybeKnown): boolean {
  const isRead = isBuiltIn(subject) && (enabled === 0 || (typeof enabled === 'string' && isOffText(enabled)));
  return enabled === false || isRead;
}

/** Built-in toolsets stay off unless the entry or the release's default enables them. */
function isLeftOff({ enabled = null }: DataMap, subject: MaybeKnown): boolean {
  return enabled === null && isBuiltIn(subject) && (subject.known?.byDefault ?? Infinity) > subject.minor;
}
