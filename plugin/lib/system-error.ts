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
