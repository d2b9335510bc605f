import type { FileDiagnostic } from '../../lib/diagnostic.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import type { PreviewFinding } from './finding.ts';
import { note } from './finding.ts';

/** Warnings that only one of two releases causes; `title` names the second. */
export function changedFindings(
  before: readonly FileDiagnostic[],
  after: readonly FileDiagnostic[],
  title: string,
): PreviewFinding[] {
  const [was, is] = [byPlace(before), byPlace(after)];
  const breaks = [...is].flatMap(([place, found]) => added(was.get(place) ?? [], found));
  const broken = new Set(breaks.map(({ location }) => formatLocation(location)));
  const repaired = [...was]
    .flatMap(([place, found]) => added(is.get(place) ?? [], found))
    .filter(({ location }) => !broken.has(formatLocation(location)));
  return [
    ...breaks.map((one): PreviewFinding => ({ ...one, change: 'breaks' })),
    ...repaired.map(({ location, message }) =>
      note('repaired', location, `not with ${title}: ${message}`, 'nothing to do'),
    ),
  ];
}

/** Warnings of one kind at one place, without duplicates. */
function byPlace(findings: readonly FileDiagnostic[]): Map<string, FileDiagnostic[]> {
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const once = new Map(warnings.map((one) => [`${placeOf(one)} ${one.message}`, one]));
  return Map.groupBy(once.values(), placeOf);
}

function placeOf({ location, code }: FileDiagnostic): string {
  return `${formatLocation(location)} ${code}`;
}

/**
 * Warnings of the second release without a counterpart in the first: neither the same one with another release in its
 * text, nor a different one in its place.
 */
function added(first: readonly FileDiagnostic[], second: readonly FileDiagnostic[]): FileDiagnostic[] {
  const known = new Set(first.map(({ message }) => withoutRelease(message)));
  const more = second.length - first.length;
  return more <= 0 ? [] : second.filter(({ message }) => !known.has(withoutRelease(message))).slice(-more);
}

function withoutRelease(message: string): string {
  return message.replace(/\bHolmesGPT \d+\.\d+(?:\.\d+)?/g, 'HolmesGPT');
}
