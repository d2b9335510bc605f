import type { ErrorCode } from '../lib/errors.ts';
import type { SourceLocation } from '../lib/source-location.ts';
import type { WarningCode } from '../lib/diagnostic.ts';

/** One finding about a file of an Application, as `validate` prints it. */
export interface Reported {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: ErrorCode | WarningCode;
  readonly place: SourceLocation;
  readonly message: string;
  readonly hint: string;
}
