import { createHash } from 'node:crypto';

/** Where in a repository a proposal is made. */
export interface Target {
  /** The branch to merge the proposal into. */
  readonly base: string;
  /** Path of the file in the repository. */
  readonly file: string;
  /** JSON Pointer to the value in the file; `null` to write the whole file. */
  readonly key: string | null;
}

/** The references of a target: a branch, and one that keeps a pending change. */
export interface TargetRefs {
  readonly base: string;
  readonly branch: string;
  readonly state: string;
}

/** Eight characters that distinguish the targets of one repository. */
function idOf({ base, file, key }: Target): string {
  return digest(JSON.stringify([base, file, key])).slice('sha256:'.length, 'sha256:'.length + 8);
}

/** The references of a target. By default, the branch is named after the ConfigMap and the target. */
export function refsOf(target: Target, configMap: string, branch: string | undefined): TargetRefs {
  const id = idOf(target);
  return {
    base: `refs/heads/${target.base}`,
    branch: `refs/heads/${branch ?? `dynamic-toolset/${configMap.replace('/', '.')}-${id}`}`,
    state: `refs/dynamic-toolset/${id}`,
  };
}

/** Whether a text is a valid branch name, by the rules of git-check-ref-format, and neither HEAD nor an option. */
export function isBranchName(text: string): boolean {
  return (
    text.length <= 200 &&
    !/[\p{Cc}\p{Cf} ~^:?*[\\]|\.\.|@\{|\.$/u.test(text) &&
    text.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock')) &&
    !text.startsWith('-') &&
    text !== 'HEAD'
  );
}

/** Whether a text is a valid file path in a repository: relative, without `..` and git's own files. */
export function isRepositoryPath(text: string): boolean {
  const parts = text.split('/');
  return (
    text.length <= 1_000 &&
    !/[\p{Cc}\p{Cf}\\]/u.test(text) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && !ofGit.test(part))
  );
}

/** Other file systems read `.GIT`, `.git.`, `.git ` and `.git::$INDEX_ALLOCATION` as `.git`. */
const ofGit = /^\.git(?:$|[\s.:~]|modules$|attributes$|ignore$)/i;

/** SHA-256 as `sha256:` and 64 hex digits. */
export function digest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
