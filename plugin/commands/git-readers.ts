import type { ReadFile } from '../settings/bounded-reader.ts';
import { openFolder, repositoryOf } from '../settings/file.ts';
import type { GitFolder } from '../validate/load-customizations.ts';
import { readFrom } from '../validate/load-customizations.ts';
import type { Environment } from './flags/environment.ts';
import type { FlagValues } from './flags/flags.ts';
import { ThreadNeeded } from './thread.ts';

/**
 * Characters from Git that the main thread processes. A thread can be terminated at any point and has its own limited
 * heap, but costs 40 ms and 20 MB: few Applications have as much as this (docs/adr/0020).
 */
const maxInline = 64 * 1024;

/**
 * Opens the folders of one run. In the main thread, their readers fail with ThreadNeeded once they have read too much.
 */
export function gitReaders({
  inThread = false,
  deadlineMs,
  onStage,
}: FlagValues<'deadline'> & Pick<Environment, 'inThread' | 'onStage'>): (place: GitFolder) => ReadFile {
  let total = 0;
  return (place) =>
    readFrom(place, ({ name, text }) => {
      total += text.length;
      if (!inThread && total > maxInline) throw new ThreadNeeded(deadlineMs);
      onStage?.(`reading ${name}`);
    });
}

/** Opens the one folder that the flags name. */
export async function gitReader(flags: FlagValues<'path' | 'deadline'> & Environment): Promise<ReadFile> {
  const folder = await openFolder(flags.path);
  const root = await repositoryOf(folder, flags.sourcePath);
  return gitReaders(flags)({ folder, root });
}

/**
 * The same limit for the data of the live ConfigMap, which may have been edited by hand. Standard input cannot be read
 * again.
 */
export function assertSmall(
  data: Readonly<Record<string, string>>,
  { inThread = false, snapshot, deadlineMs }: FlagValues<'snapshot' | 'deadline'> & Pick<Environment, 'inThread'>,
): void {
  const total = Object.values(data).reduce((sum, text) => sum + text.length, 0);
  if (!inThread && snapshot !== '-' && total > maxInline) throw new ThreadNeeded(deadlineMs);
}
