import { formatLocation } from '../lib/diagnostic.ts';
import { didYouMean } from '../lib/text.ts';
import type { Finding } from '../lib/diagnostic.ts';
import type { Origin, Provenance } from './provenance.ts';
import { placeOf } from './provenance.ts';

/** What is found out while changes are applied. */
export interface ChangeLog {
  readonly trace: Provenance;
  readonly findings: Finding[];
}

/** A change that comes to nothing. */
export function unusedFinding(source: Origin, message: string, hint = 'remove it, or mend the name'): Finding {
  return { code: 'OVERRIDE_UNUSED', severity: 'warning', place: placeOf(source), message, hint };
}

/** To search for what each of ten thousand names was meant to be would take minutes. */
const maxSuggested = 100;

/** A hint at the name that was meant, where one comes near. */
export function reportDidYouMean(name: string, known: readonly string[], { findings }: ChangeLog): string | undefined {
  const found = findings.length < maxSuggested ? didYouMean(name, known) : null;
  return found === null ? undefined : `did you mean ${JSON.stringify(found)}?`;
}

/** One file over another of its kind is a base and its environment, and in order; a patch over an override is not. */
export function reportShadowed(lost: readonly Origin[], by: Origin, { findings }: ChangeLog): void {
  for (const source of lost.filter((one) => !isOnePatch(one, by))) {
    const isLayer = source.kind === by.kind && source.file !== by.file;
    findings.push({
      code: 'OVERRIDE_SHADOWED',
      severity: isLayer ? 'note' : 'warning',
      place: placeOf(source),
      message: `is replaced by ${formatLocation(placeOf(by))}`,
      hint: 'remove one of the two',
    });
  }
}

/** The operations of one patch are one change, which may take several steps. */
function isOnePatch(one: Origin, other: Origin): boolean {
  return one.kind === 'patch' && one.file === other.file && one.path[0] === other.path[0];
}
