import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { warning } from '../../lib/diagnostic.ts';
import { codeOf, isPluginError } from '../../lib/errors.ts';
import { systemClock } from '../../lib/clock.ts';
import { printable } from '../../lib/text.ts';
import type { CommandOutput } from '../command.ts';
import type { Before } from '../diff/diff.ts';
import { differenceOf, ofSameTarget } from '../diff/diff.ts';
import type { Flags } from '../flags/flags.ts';
import { expected, usage } from '../flags/usage.ts';
import { gitReaders } from '../git-readers.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import { runPipelines } from '../pipeline/pipeline.ts';
import { eachOnce } from '../targets.ts';
import { reportsIn } from '../validate.ts';
import { platformOf, writeComment } from './comment.ts';
import type { FolderReview } from './model.ts';
import { isBad } from './model.ts';
import { commentOf, renderReview } from './render.ts';

/** What a branch changes beside its base, in Markdown, and where asked as the one comment of its pull request. */
export async function review(flags: Flags): Promise<CommandOutput> {
  const { against, comment, snapshot, recordedAt } = flags;
  if (against === undefined) throw usage.flagMissing('review', '--against');
  // Standard input can be read once, and each folder needs the cluster twice.
  if (snapshot === '-') throw usage.invalid('--snapshot', snapshot, 'a file, which is read for each folder');
  const read = gitReaders(flags);
  const folders: FolderReview[] = [];
  const named = new Set(flags.operands.length > 0 ? flags.operands : [flags.path]);
  for (const folder of named) folders.push(await reviewOf(folder, { ...flags, against }, read));
  const now = new Date(systemClock.epochMs());
  const result = { folders, snapshot: snapshot === undefined ? null : { name: snapshot, recordedAt, now } };
  const problem = comment === undefined ? null : await writeComment(platformOf(comment, flags.job), commentOf(result));
  return {
    text: renderReview(result, 'whole'),
    warnings: problem === null ? [] : [warning('COMMENT_UNWRITTEN', problem)],
    findsSomething: folders.some(isBad),
  };
}

async function reviewOf(
  folder: string,
  flags: Flags & { readonly against: string },
  read: ReturnType<typeof gitReaders>,
): Promise<FolderReview> {
  const path = relative(process.cwd(), folder);
  // Its path in the base would lead out of the base: to the folder itself, in a checkout that is as deep as the base is.
  if (path.split(sep)[0] === '..') throw usage.invalid('DIR', folder, expected.folderBelow);
  const base = join(flags.against, path);
  if (!(await isFolder(folder))) {
    if (await isFolder(base)) return { folder, findings: [], generation: null };
    throw usage.unreadableArgument(folder, 'neither the branch nor its base has this folder', undefined);
  }
  const findings = await reportsIn(folder, flags, read);
  try {
    const results = await runPipelines({ ...flags, path: folder });
    const before = await beforeOf(base, flags);
    const differences = await Promise.all(results.map((result) => differenceOf(result, before(result))));
    const warnings = eachOnce(results.flatMap((result) => result.warnings));
    return { folder, findings, generation: { differences, warnings } };
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return { folder, findings, generation: { failure: error } };
  }
}

/** What the base gives. Where it gives nothing all is new, and the change may be what repairs it. */
async function beforeOf(folder: string, flags: Flags): Promise<(result: PipelineResult) => Before> {
  const nothing = (words: string) => () => ({ title: 'base', words, data: {} });
  if (!(await isFolder(folder))) return nothing('nothing: the folder is new');
  try {
    const others = await runPipelines({ ...flags, path: folder });
    return (result) => ofSameTarget(result, others, { title: 'base', words: 'the base' });
  } catch (error) {
    if (!isPluginError(error)) throw error;
    const [first = ''] = error.message.split('\n');
    return nothing(`nothing: the base fails with ${error.code}, ${printable(first)}`);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return false;
    throw usage.unreadableArgument(path, codeOf(cause), cause);
  }
}
