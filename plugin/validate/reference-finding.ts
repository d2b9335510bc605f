import type { WarningCode } from '../lib/codes.ts';
import { valueAt } from '../lib/data/json-pointer.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Data, Path } from '../lib/json.ts';
import type { Settings } from '../settings/settings.ts';

/** A glob of names, and its path below `spec`. */
export interface Reference {
  readonly path: Path;
  readonly glob: string;
}

/** Each glob of a list in the settings, with its path. */
export function listed(path: Path, globs: readonly string[]): Reference[] {
  return globs.map((glob, index) => ({ path: [...path, index], glob }));
}

/** A finding without its place. */
export type ReferenceText = Pick<Diagnostic, 'message' | 'hint'>;

/** Located at its line in toolset.yaml; for a setting of the Application, which has no line, names its parameter. */
export function referenceFinding(
  severity: 'warning' | 'note',
  code: WarningCode,
  { file, application = [] }: Settings,
  path: Path,
  { message, hint = '' }: ReferenceText,
): Diagnostic {
  const source = application.findLast((one) => one.path.every((key, index) => key === path[index]));
  if (source) return { severity, code, message: `${source.label}: ${message}`, hint };
  const location =
    file && valueAt(file.value as Data, ['spec', ...path]) !== undefined ? file.locate(['spec', ...path]) : null;
  const setting = `spec.${path.filter((step) => typeof step === 'string').join('.')}`;
  return { severity, code, message: `${setting}: ${message}`, hint, ...(location ? { location } : {}) };
}
