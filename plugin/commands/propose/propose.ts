import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { PluginError } from '../../lib/errors.ts';
import { keyOf } from '../../lib/object-key.ts';
import { forgeOf } from '../../propose/forge/keep-pull-request.ts';
import { Workspace } from '../../propose/git/workspace.ts';
import { pendingFile } from '../../propose/pending.ts';
import type { Outcome } from '../../propose/propose.ts';
import { commitOf, propose as proposeContent } from '../../propose/propose.ts';
import type { Target, TargetRefs } from '../../propose/target.ts';
import { refsOf } from '../../propose/target.ts';
import type { CommandOutput } from '../command.ts';
import type { ProposeFlags } from '../flags/propose-flags.ts';
import type { PipelineResult } from '../pipeline.ts';
import { runPipeline } from '../pipeline.ts';
import { contentOf } from './content.ts';
import { withRepositorySettings } from './repository-settings.ts';

/** What discovery says, as a commit on a branch of a Git repository. */
export async function propose(
  flags: ProposeFlags,
  clock: Pick<Clock, 'epochMs'> = systemClock,
): Promise<CommandOutput> {
  const { settings, repository, access, machine, deadlineMs, onStage } = flags;
  const signal = AbortSignal.timeout(deadlineMs);
  // Mistakes in local files, and a cluster that cannot be read, are told without a word to the repository.
  const early = settings === undefined ? await runPipeline(flags) : null;
  return Workspace.with({ repository, access, machine, signal }, async (workspace) => {
    onStage?.('reading the repository');
    const target = { base: flags.base ?? (await defaultBranch(workspace)), file: flags.file, key: flags.key };
    const result = early ?? (await runWithRepositorySettings(workspace, target, flags));
    const refs = refsOf(target, keyOf(result.settings.spec.target.configMap), flags.branch);
    if (refs.branch === refs.base) throw sameBranch(refs.base);
    onStage?.('comparing with the repository');
    const outcome = await proposeContent(workspace, {
      refs,
      file: flags.file,
      content: contentOf(result, flags),
      settleMs: flags.settleMs,
      clock,
      store: flags.stateFile === undefined ? null : pendingFile(flags.stateFile),
      forge:
        flags.forge &&
        forgeOf({
          ...flags.forge,
          repository: repository.path,
          branch: shortName(refs.branch),
          base: target.base,
          signal,
        }),
      isDryRun: flags.isDryRun,
    });
    return outputOf(outcome, { target, refs, flags, result });
  });
}

async function defaultBranch(workspace: Workspace): Promise<string> {
  const { head, isEmpty } = await workspace.refs([]);
  if (head !== null && !isEmpty) return head;
  throw new PluginError(
    'REPOSITORY_INVALID',
    isEmpty ? 'the repository has no commit' : "the repository's HEAD names no branch",
    { hint: isEmpty ? 'make a first commit: a proposal is a change of one' : 'name the branch with --base' },
  );
}

async function runWithRepositorySettings(
  workspace: Workspace,
  { base }: Target,
  flags: ProposeFlags,
): Promise<PipelineResult> {
  const ref = `refs/heads/${base}`;
  const commit = commitOf(await workspace.refs([ref]), ref);
  await workspace.fetch([ref]);
  const folder = flags.settings ?? '.';
  return withRepositorySettings(workspace, { commit, folder }, (path) => runPipeline({ ...flags, path }));
}

function sameBranch(ref: string): PluginError {
  return new PluginError('USAGE', `--branch and --base are both ${shortName(ref)}`, {
    hint: 'a proposal needs a branch of its own: leave --branch out',
  });
}

function shortName(ref: string): string {
  return ref.replace('refs/heads/', '');
}

interface Told {
  readonly target: Target;
  readonly refs: TargetRefs;
  readonly flags: ProposeFlags;
  readonly result: PipelineResult;
}

function outputOf(outcome: Outcome, { target, refs, flags, result }: Told): CommandOutput {
  const { kind, pending, commit, pullRequest, message } = outcome;
  const until = pending && new Date(pending.sinceMs + flags.settleMs).toISOString();
  const branch = shortName(refs.branch);
  const servers = Object.keys(result.final.mcp_servers).length;
  const note =
    flags.form === 'toolsets' && servers > 0
      ? {
          note: `${String(servers)} of mcp_servers are not proposed: the value under ${flags.key ?? ''} has toolsets alone`,
        }
      : {};
  const { warnings } = result;
  if (flags.output === 'json') {
    const json = {
      outcome: kind,
      base: target.base,
      branch,
      ...(commit === undefined ? {} : { commit }),
      ...(pullRequest === undefined ? {} : { pullRequest }),
      ...(until === undefined ? {} : { until }),
      ...(flags.isDryRun ? { dryRun: true } : {}),
      ...(message === undefined ? {} : { message }),
    };
    return { text: `${JSON.stringify(json, null, 2)}\n`, warnings, ...note };
  }
  const dry = flags.isDryRun ? 'would be ' : '';
  const link = pullRequest === undefined ? '' : `, ${pullRequest}`;
  const sentences: Readonly<Record<Outcome['kind'], string>> = {
    unchanged: `nothing to propose: ${target.file} of ${target.base} says what discovery says`,
    waiting: `a change is seen, and proposed if it lasts until ${until ?? ''}`,
    proposed: `${dry}proposed on ${branch}${link}`,
    standing: `already proposed on ${branch}${link}`,
    declined: `not proposed: people have closed the pull request with this change${link}`,
    closed: `${dry}closed: ${branch} is deleted, for ${target.base} says what discovery says${link}`,
    left: `nothing to propose any more; ${branch} has commits of others and is left as it is`,
  };
  const shown = message === undefined ? '' : `\n${message.trimEnd().replace(/^(?=.)/gm, '    ')}\n`;
  return { text: `${sentences[kind]}\n${shown}`, warnings, ...note };
}
