import type { ErrorCode } from './codes.ts';
import { bugExitCode, exitCodes } from './codes.ts';
import type { FileDiagnostic } from './diagnostic.ts';
import { formatDiagnostic } from './diagnostic.ts';

/**
 * An expected failure: `message` says what failed and where (`file:line:column` or `namespace/name`), `hint` what to
 * do about it. Anything else that is thrown is a bug and keeps its stack.
 */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: ErrorCode;
  readonly hint: string;
  /** All problems of a failure about files from Git; the message names the first ones. */
  readonly diagnostics: readonly FileDiagnostic[];
  /** Details of a failed request to a server; `null` for any other failure. */
  readonly request: RequestFailure | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly hint: string;
      readonly cause?: unknown;
      readonly problems?: readonly FileProblem[];
      readonly request?: RequestFailure;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    const { hint, problems = [], request = null } = options;
    this.request = request;
    this.diagnostics = problems.map((problem) => ({ severity: 'error', code, hint, ...problem }));
  }
}

/** What a failed request tells about retrying. */
export interface RequestFailure {
  /** Status of the response; 0 if none arrived. */
  readonly status: number;
  /** Retry-After in milliseconds, at most 30 s; 0 without one. */
  readonly retryAfterMs: number;
}

/** A problem at a position in a file from Git, with a hint of its own where it differs from the error's. */
export type FileProblem = Pick<FileDiagnostic, 'location' | 'message'> & Partial<Pick<FileDiagnostic, 'code' | 'hint'>>;

/** Whether a failure was expected. Compares the name, because the bundle of `serve` has its own class. */
export function isPluginError(error: unknown): error is PluginError {
  return error instanceof Error && error.name === 'PluginError';
}

/** Maximum number of problems in a message, and of characters of their lines: Argo CD shows the whole text. */
const maxShown = 50;
const maxShownCharacters = 3_500;

/** An error for these problems; its message has a line for each of the first ones. */
export function diagnosticsError(
  code: ErrorCode,
  problems: readonly FileProblem[],
  hint: string,
  cause?: unknown,
): PluginError {
  const lines = problems.slice(0, maxShown).map(formatDiagnostic);
  let characters = 0;
  const shown = lines.filter((line, index) => (characters += line.length) <= maxShownCharacters || index === 0);
  const more = problems.length - shown.length;
  const message = [...shown, ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n');
  return new PluginError(code, message, { hint, problems, cause });
}

/** Exit code of the process for anything thrown. */
export function exitCode(error: unknown): number {
  return isPluginError(error) ? exitCodes[error.code] : bugExitCode;
}

/** Code of a failed system call, such as `ENOENT`; empty for any other error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Node's message for a failed system call, without the call and the path: `no such file or directory`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/^[A-Z]+: /, '').replace(/, \w+(?: '.*)?$/s, '')
    : String(error);
}
