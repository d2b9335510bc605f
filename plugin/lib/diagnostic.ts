import type { ErrorCode, WarningCode } from './codes.ts';

/** A reported problem: of a file from Git, of the cluster, or of the output. */
export interface Diagnostic {
  /**
   * - `error`: stops the command
   * - `warning`: stops nothing, unless the settings say so
   * - `note`: valid, but worth knowing; only `validate` and `explain` show it
   */
  readonly severity: 'error' | 'warning' | 'note';
  /** Stable; docs/errors.md has a heading for each. */
  readonly code: ErrorCode | WarningCode;
  readonly message: string;
  readonly location?: SourceLocation;
  /** What to do about it. */
  readonly hint?: string;
}

/** A diagnostic of a line in Git. */
export type FileDiagnostic = Required<Diagnostic>;

/** A position in a file from Git. Lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The start of a file: for what concerns all of it, or has no place in it. */
export function startOf(file: string): SourceLocation {
  return { file, line: 1, column: 1 };
}

/** A warning without a location. */
export function warning(code: WarningCode, message: string): Diagnostic {
  return { severity: 'warning', code, message };
}

/** The diagnostic in one line, without its severity and code: `file:line:column message; hint`. */
export function formatDiagnostic({
  location,
  message,
  hint,
}: Pick<Diagnostic, 'location' | 'message' | 'hint'>): string {
  return `${location ? `${formatLocation(location)} ` : ''}${message}${hint === undefined ? '' : `; ${hint}`}`;
}

/** `file:line:column`, the form that compilers print and editors open. */
export function formatLocation({ file, line, column }: SourceLocation): string {
  return `${file}:${String(line)}:${String(column)}`;
}
