/** What a warning is about. Stable; docs/errors.md has a heading for each. */
export type WarningCode =
  | 'CERTIFICATE_UNTRUSTED'
  | 'CONFIG_KEY_UNKNOWN'
  | 'CREDENTIAL_MISSING'
  | 'CREDENTIAL_WITHHELD'
  | 'DATA_WITHHELD'
  | 'EDIT_INEXPRESSIBLE'
  | 'NAMESPACE_CROWDED'
  | 'NAME_CLAIMED'
  | 'OVERRIDE_REJECTED'
  | 'OVERRIDE_SHADOWED'
  | 'OVERRIDE_UNUSED'
  | 'SECRET_INLINE'
  | 'SETTING_UNUSED'
  | 'YAML_AMBIGUOUS';

/** Something that people should know, and that stops nothing. */
export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
}

/** A warning about a line in Git. */
export interface Finding extends Warning {
  readonly place: SourceLocation;
  /** A note is about what is in order and worth knowing: it is shown by `validate` and `explain` alone. */
  readonly severity: 'warning' | 'note';
  /** What to do about it. */
  readonly hint: string;
}

/** The finding in one line. */
export function warningOf({ code, place, message, hint }: Finding): Warning {
  return { code, message: `${formatLocation(place)} ${message}; ${hint}` };
}

/** Where something stands in a file from Git. Lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `file:line:column`, as compilers write it and editors open it. */
export function formatLocation({ file, line, column }: SourceLocation): string {
  return `${file}:${String(line)}:${String(column)}`;
}
