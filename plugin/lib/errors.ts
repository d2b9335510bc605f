import type { SourceLocation } from './diagnostic.ts';
import { formatLocation } from './diagnostic.ts';

/** Every failure we foresee, with the exit code of the process. docs/errors.md has a heading for each. */
export const exitCodes = {
  USAGE: 2,
  FILE_UNREADABLE: 2,
  SETTINGS_INVALID: 2,
  PARAMETERS_INVALID: 2,
  OVERRIDES_INVALID: 2,
  OVERRIDE_CONFLICT: 2,
  PATCHES_INVALID: 2,
  PATCH_FAILED: 2,
  LIVE_UNREADABLE: 2,
  SNAPSHOT_INVALID: 2,
  KUBECONFIG_INVALID: 2,
  CLUSTER_UNAUTHORIZED: 3,
  CLUSTER_FORBIDDEN: 3,
  CLUSTER_UNREACHABLE: 4,
  CLUSTER_FAILED: 4,
  CLUSTER_RESPONSE_INVALID: 4,
  CLUSTER_RESOURCE_MISSING: 4,
  DEADLINE_EXCEEDED: 4,
  ARGOCD_FAILED: 4,
  POLICY_DENIED: 5,
  OUTPUT_TOO_LARGE: 5,
  OUTPUT_INVALID: 5,
  OUTPUT_UNWRITABLE: 5,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** Exit code of anything that is not a `PluginError`: a bug of ours (EX_SOFTWARE of sysexits.h). */
export const bugExitCode = 70;

/** One thing that is wrong in a file from Git. */
export interface Mistake {
  readonly place: SourceLocation;
  readonly message: string;
}

/**
 * A failure that we foresaw: `message` says what failed and where (`file:line:column` or `namespace/name`),
 * `hint` what to do about it. Anything else that is thrown is a bug and keeps its stack.
 */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: ErrorCode;
  readonly hint: string;
  /** Each of them by itself, where it is about files from Git; the message names no more than the first ones. */
  readonly mistakes: readonly Mistake[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly hint: string; readonly cause?: unknown; readonly mistakes?: readonly Mistake[] },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.mistakes = options.mistakes ?? [];
  }
}

/** Whether a failure was foreseen; by its name, for `serve` is a bundle of its own, with a class of its own. */
export function isPluginError(error: unknown): error is PluginError {
  return error instanceof Error && error.name === 'PluginError';
}

/** No more than this of what is wrong in one file is told at once. */
const maxShown = 5;

/** The failure that these mistakes are: one line for each, the first few of them. */
export function diagnosticsError(
  code: ErrorCode,
  mistakes: readonly Mistake[],
  hint: string,
  cause?: unknown,
): PluginError {
  const lines = mistakes.slice(0, maxShown).map(({ place, message }) => `${formatLocation(place)} ${message}`);
  const more = mistakes.length - maxShown;
  const message = [...lines, ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n');
  return new PluginError(code, message, { hint, mistakes, cause });
}

/** The process's exit code for whatever was thrown. */
export function exitCode(error: unknown): number {
  return isPluginError(error) ? exitCodes[error.code] : bugExitCode;
}

/** Code of a failed system call, such as `ENOENT`; empty where it is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Node's words for a failed system call without the call and the path: `no such file or directory`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/^[A-Z]+: /, '').replace(/, \w+(?: '.*)?$/s, '')
    : String(error);
}
