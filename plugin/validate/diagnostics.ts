import type { YamlFile } from '../settings/yaml/parse.ts';
import type { ConsumerIssue } from '../consumers/consumer.ts';
import type { Path } from '../lib/json-pointer.ts';
import type { WarningCode } from '../lib/diagnostic.ts';
import type { Reported } from './reported.ts';

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
