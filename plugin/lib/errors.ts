import type { ErrorCode } from './codes.ts';
import { bugExitCode, exitCodes } from './codes.ts';
import type { FileDiagnostic } from './diagnostic.ts';
import { formatLocation } from './diagnostic.ts';

/**
 * An expected failure: `message` says what failed and where (`file:line:column` or `namespace/name`), `hint` what to
 * do about it. Anything else that is thrown is a bug and keeps its stack.
 */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: ErrorCode;
  readonly hint: string;
  /** All problems of a failure that is about files from Git; the message names the first ones. */
  readonly diagnostics: readonly FileDiagnostic[];
  /** Of a failed request to a server; `null` for any other failure. */
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

/** What a failed request says about another attempt. */
export interface RequestFailure {
  /** Status of the response; 0 if none arrived. */
  readonly status: number;
  /** Retry-After, at most 30 s; 0 without one. */
  readonly retryAfterMs: number;
}

/** What is wrong at a position in a file from Git; its hint where it is not that of the error. */
export type FileProblem = Pick<FileDiagnostic, 'location' | 'message'> & Partial<Pick<FileDiagnostic, 'code' | 'hint'>>;

/** Whether a failure was expected. By its name: the bundle of `serve` has a class of its own. */
export function isPluginError(error: unknown): error is PluginError {
  return error instanceof Error && error.name === 'PluginError';
}

/** Problems that a message names, and the characters of their lines: Argo CD shows the whole text. */
const maxShown = 50;
const maxShownCharacters = 3_500;

/** The error of these problems, whose message has a line for each of the first ones. */
export function diagnosticsError(
  code: ErrorCode,
  problems: readonly FileProblem[],
  hint: string,
  cause?: unknown,
): PluginError {
  const lines = problems.slice(0, maxShown).map((problem) => lineOf(problem));
  let characters = 0;
  const shown = lines.filter((line, index) => (characters += line.length) <= maxShownCharacters || index === 0);
  const more = problems.length - shown.length;
  const message = [...shown, ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n');
  return new PluginError(code, message, { hint, problems, cause });
}

function lineOf({ location, message, hint }: FileProblem): string {
  return `${formatLocation(location)} ${message}${hint === undefined ? '' : `; ${hint}`}`;
}

/** Exit code of the process for anything that was thrown. */
export function exitCode(error: unknown): number {
  return isPluginError(error) ? exitCodes[error.code] : bugExitCode;
}

/** Code of a failed system call, such as `ENOENT`; empty for any other error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Node's words for a failed system call without the call and the path: `no such file or directory`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/^[A-Z]+: /, '').replace(/, \w+(?: '.*)?$/s, '')
    : String(error);
}
