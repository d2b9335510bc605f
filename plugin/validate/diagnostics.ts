import type { YamlFile } from '../settings/yaml/parse.ts';
import type { ConsumerIssue } from '../consumers/consumer.ts';
import type { Path } from '../lib/json-pointer.ts';
import type { SourceLocation, WarningCode } from '../lib/diagnostic.ts';
import type { ErrorCode } from '../lib/errors.ts';

const codes: Readonly<Record<ConsumerIssue['effect'], WarningCode | null>> = {
  rejected: 'OVERRIDE_REJECTED',
  ignored: 'CONFIG_KEY_UNKNOWN',
  unused: 'OVERRIDE_UNUSED',
  // Discovery may add what is missing.
  incomplete: null,
};

/** What the consumer says of the entry at the path, as a finding at its line; none for what discovery may mend. */
export function toDiagnostics(complaint: ConsumerIssue, file: YamlFile, path: Path): Reported[] {
  const code = codes[complaint.effect];
  if (code === null) return [];
  const { message, hint, part } = complaint;
  return [{ severity: 'warning', code, place: file.locate([...path, ...complaint.path], part), message, hint }];
}

/** One finding about a file of an Application, as `validate` prints it. */
export interface Reported {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: ErrorCode | WarningCode;
  readonly place: SourceLocation;
  readonly message: string;
  readonly hint: string;
}
