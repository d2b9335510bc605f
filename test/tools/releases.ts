import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

/** Real parts that older releases are built of, too: each release has a folder with its go.mod beside that of the newest. */
export const releasedParts = ['kubernetes', 'argo-cd', 'helm'] as const;
export type ReleasedPart = (typeof releasedParts)[number];

/** What tells a process of the tests which release of a part to use instead of the newest, such as `KUBERNETES_RELEASE=1.36`. */
export function releaseVariable(part: ReleasedPart): string {
  return `${part.toUpperCase().replaceAll('-', '_')}_RELEASE`;
}

/** The older release that this process was told to use; undefined for the newest. */
export function releaseOf(part: ReleasedPart): string | undefined {
  return process.env[releaseVariable(part)];
}

/** The folder of the go.mod that a part is built from. Throws an error that names the releases there are. */
export function moduleFolder(part: ReleasedPart, release = releaseOf(part)): string {
  if (release === undefined) return part;
  const folder = `${part}-${release}`;
  if (/^\d+(?:\.\d+)?$/.test(release) && existsSync(join(import.meta.dirname, folder, 'go.mod'))) return folder;
  throw new Error(
    `invalid --${part} "${release}": expected ${olderReleases(part).join(' or ')}, or none for the newest`,
  );
}

/** Newest first. */
export function olderReleases(part: ReleasedPart): readonly string[] {
  const folders = globSync(`${part}-*`, { cwd: import.meta.dirname })
    .sort()
    .reverse();
  return folders.map((folder) => folder.slice(part.length + 1));
}
