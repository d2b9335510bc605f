import type { FileDiagnostic, SourceLocation } from '../../lib/diagnostic.ts';

/** A change that another release of the consumer causes. */
export interface PreviewFinding extends FileDiagnostic {
  /**
   * - `breaks`: only the other release rejects or ignores it
   * - `repaired`: only the present release rejects or ignores it
   * - `renamed`: the other release has another name for it
   * - `new`, `gone`: only the other, or only the present release has or does it
   * - `null`: no change; a mistake in the files for any release
   */
  readonly change: 'breaks' | 'repaired' | 'renamed' | 'new' | 'gone' | null;
}

/** A change that needs no immediate action. */
export function note(
  change: PreviewFinding['change'],
  location: SourceLocation,
  message: string,
  hint: string,
): PreviewFinding {
  return { severity: 'note', code: 'RELEASE_DIFFERS', location, message, hint, change };
}
