import type { ErrorCode } from '../errors.ts';
import type { Place } from '../place.ts';
import type { WarningCode } from '../warning.ts';

/** One finding about a file of an Application, as `validate` prints it. */
export interface Reported {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: ErrorCode | WarningCode;
  readonly place: Place;
  readonly message: string;
  readonly hint: string;
}
