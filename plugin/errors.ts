/** Every failure we foresee, with the exit code of the process. docs/errors.md has a heading for each. */
export const exitCodes = {
  USAGE: 2,
  FILE_UNREADABLE: 2,
  SETTINGS_INVALID: 2,
  OVERRIDES_INVALID: 2,
  SNAPSHOT_INVALID: 2,
  KUBECONFIG_INVALID: 2,
  CLUSTER_UNAUTHORIZED: 3,
  CLUSTER_FORBIDDEN: 3,
  CLUSTER_UNREACHABLE: 4,
  CLUSTER_FAILED: 4,
  CLUSTER_RESPONSE_INVALID: 4,
  DEADLINE_EXCEEDED: 4,
  POLICY_DENIED: 5,
  OUTPUT_TOO_LARGE: 5,
  OUTPUT_INVALID: 5,
  OUTPUT_UNWRITABLE: 5,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** Exit code of anything that is not a `PluginError`: a bug of ours (EX_SOFTWARE of sysexits.h). */
export const bugExitCode = 70;

/**
 * A failure that we foresaw: `message` says what failed and where (`file:line:column` or `namespace/name`),
 * `hint` what to do about it. Anything else that is thrown is a bug and keeps its stack.
 */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** The process's exit code for whatever was thrown. */
export function exitCode(error: unknown): number {
  return error instanceof PluginError ? exitCodes[error.code] : bugExitCode;
}
