import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { formatLocation, warning } from '../../lib/diagnostic.ts';
import type { PluginError } from '../../lib/errors.ts';
import { codeOf, isPluginError } from '../../lib/errors.ts';
import { systemClock } from '../../lib/clock.ts';
import { throughProxies } from '../../lib/http/json-request.ts';
import { printable } from '../../lib/messages/text.ts';
import type { CommandOutput } from '../command.ts';
import type { Difference } from '../diff/diff-types.ts';
import { comparedWith, differencesBetween } from '../diff/differences.ts';
import type { DiscoveryFlags, Flags } from '../flags/flags.ts';
import { expected, usage } from '../flags/usage.ts';
import { gitReaders } from '../git-readers.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import { runPipelines } from '../pipeline/pipeline.ts';
import type { Finding } from '../preview.ts';
import { withoutDuplicates } from '../targets.ts';
import { reportsIn } from '../validate.ts';
import { platformOf, writeComment } from './comment.ts';
import type { FolderReview } from './model.ts';
import { isBad } from './model.ts';
import { commentOf, renderReview } from './render.ts';

/** What a branch changes relative to its base, in Markdown and, on request, as the one comment of its pull request. */
export async function review(
  flags: DiscoveryFlags & Flags<'against' | 'comment' | 'recorded-at'>,
): Promise<CommandOutput> {
  const { against, comment, snapshot, recordedAt } = flags;
  if (against === undefined) throw usage.flagMissing('review', '--against');
  // Standard input can be read once, but each folder needs the cluster twice.
  if (snapshot === '-') throw usage.invalid('--snapshot', snapshot, 'a file, which is read for each folder');
  const read = gitReaders(flags);
  const folders: FolderReview[] = [];
  const named = new Set(flags.operands.length > 0 ? flags.operands : [flags.path]);
  for (const folder of named) folders.push(await reviewOf(folder, { ...flags, against }, read));
  const now = new Date(systemClock.epochMs());
  const result = { folders, snapshot: snapshot === undefined ? null : { name: snapshot, recordedAt, now } };
  const problem =
    comment === undefined
      ? null
      : await throughProxies(flags.variables ?? {}, () =>
          writeComment(platformOf(comment, flags.job), commentOf(result)),
        );
  return {
    text: renderReview(result, 'whole'),
    warnings: problem === null ? [] : [warning('COMMENT_UNWRITTEN', problem)],
    findsSomething: folders.some(isBad),
  };
}

async function reviewOf(
  folder: string,
  flags: DiscoveryFlags & { readonly against: string },
  read: ReturnType<typeof gitReaders>,
): Promise<FolderReview> {
  const path = relative(process.cwd(), folder);
  // Its path in the base would lead out of the base: to the folder itself, in a checkout as deep as the base.
  if (path.split(sep)[0] === '..') throw usage.invalid('DIR', folder, expected.folderBelow);
  const base = join(flags.against, path);
  if (!(await isFolder(folder))) {
    if (await isFolder(base)) return { folder, findings: [], generation: null };
    throw usage.unreadableArgument(folder, 'neither the branch nor its base has this folder', undefined);
  }
  const findings = await reportsIn(folder, flags, read);
  try {
    const results = await runPipelines({ ...flags, path: folder });
    const differences = await differencesFrom(base, results, flags);
    const warnings = withoutReported(withoutDuplicates(results.flatMap((result) => result.warnings)), path, findings);
    return { folder, findings, generation: { differences, warnings } };
  } catch (error) {
    if (!isPluginError(error)) throw error;
    return { folder, findings, generation: { failure: error } };
  }
}

/** Warnings that the folder's findings do not report already. */
function withoutReported(
  warnings: readonly Diagnostic[],
  path: string,
  findings: readonly Finding[],
): readonly Diagnostic[] {
  const reported = new Set(findings.map((one) => `${one.code} ${formatLocation(one.location)}`));
  return warnings.filter(
    ({ code, location }) =>
      !location || !reported.has(`${code} ${formatLocation({ ...location, file: join(path, location.file) })}`),
  );
}

/** Compares with the result of the base. If the base fails, everything is new, and the change may be its repair. */
async function differencesFrom(
  base: string,
  results: readonly PipelineResult[],
  flags: DiscoveryFlags,
): Promise<readonly Difference[]> {
  const comparedWithNothing = (words: string): Promise<readonly Difference[]> =>
    comparedWith(
      results,
      results.map(() => ({ title: 'base', words, data: {} })),
    );
  if (!(await isFolder(base))) return comparedWithNothing('nothing: the folder is new');
  const others = await runPipelines({ ...flags, path: base }).catch(expectedFailure);
  if (!('code' in others)) return differencesBetween(results, others, { title: 'base', words: 'the base' });
  const { code, message } = others;
  return comparedWithNothing(`nothing: the base fails with ${code}, ${printable(message.split('\n')[0] ?? '')}`);
}

function expectedFailure(error: unknown): PluginError {
  if (isPluginError(error)) return error;
  throw error;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return false;
    throw usage.unreadableArgument(path, codeOf(cause), cause);
  }
}
