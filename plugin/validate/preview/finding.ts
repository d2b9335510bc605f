import type { FileDiagnostic, SourceLocation } from '../../lib/diagnostic.ts';

/** What another release of the consumer changes. */
export interface PreviewFinding extends FileDiagnostic {
  /**
   * - `breaks`: the other release refuses it or passes it over, and the present one does not
   * - `repaired`: the other way round
   * - `renamed`: the other release has another name for it
   * - `new`, `gone`: what only the other, or only the present release has or does
   * - `null`: nothing; a mistake in the files, whatever the release
   */
  readonly change: 'breaks' | 'repaired' | 'renamed' | 'new' | 'gone' | null;
}

/** A change that asks for nothing at once. */
export function note(
  change: PreviewFinding['change'],
  location: SourceLocation,
  message: string,
  hint: string,
): PreviewFinding {
  return { severity: 'note', code: 'RELEASE_DIFFERS', location, message, hint, change };
}
