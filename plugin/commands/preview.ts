import { supported } from '../consumers/holmesgpt/index.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import { formatLocation } from '../lib/diagnostic.ts';
import { printable } from '../lib/messages/text.ts';
import type { PreviewFinding } from '../validate/preview/finding.ts';
import type { FlagValues } from './flags/flags.ts';
import { usage } from './flags/usage.ts';

/** A finding; with `--target-version`, also what it means for an upgrade. */
export type Finding = FileDiagnostic & Partial<Pick<PreviewFinding, 'change'>>;

/** Fails with USAGE if `--target-version` is not a release in the catalogue. */
export function assertRelease({ targetVersion }: FlagValues<'target-version'>): void {
  if (targetVersion === undefined) return;
  const { isSupported, range } = supported(targetVersion);
  if (!isSupported) throw usage.unsupportedRelease(targetVersion, range);
}

/** For people at a terminal: place and message on one line, the hint below. */
export function findingText({ severity, change, code, location, message, hint }: Finding): string {
  const kind = change ?? severity;
  return `${printable(formatLocation(location))} ${kind}: ${printable(message)} (${code})\n    ${printable(hint)}\n`;
}

/** `place` is the public name of the location. */
export function findingJson({ severity, code, location, message, hint, change }: Finding): object {
  return { severity, code, place: location, message, hint, ...(change === undefined ? {} : { change }) };
}
