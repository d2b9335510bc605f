import { systemClock } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { PluginError } from '../../lib/errors.ts';
import { throughProxies } from '../../lib/http/json-request.ts';
import { keyOf } from '../../lib/object-key.ts';
import { forgeOf } from '../../propose/forge/keep-pull-request.ts';
import { Workspace } from '../../propose/git/workspace.ts';
import { pendingFile } from '../../propose/pending.ts';
import type { ProposalOutcome, ProposeInputs } from '../../propose/propose.ts';
import { commitOf, propose as proposeContent } from '../../propose/propose.ts';
import type { Target, TargetRefs } from '../../propose/target.ts';
import { isBranchName, refsOf } from '../../propose/target.ts';
import type { CommandOutput } from '../command.ts';
import type { ProposeFlags } from '../flags/propose-flags.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import { runPipeline } from '../pipeline/pipeline.ts';
import { contentOf } from './content.ts';
import { assertNotOwnSettings } from './not-settings.ts';
import { withRepositorySettings } from './repository-settings.ts';

/** The result of discovery, as a commit on a branch of a Git repository. */
export async function propose(
  flags: ProposeFlags,
  clock: Pick<Clock, 'epochMs'> = systemClock,
): Promise<CommandOutput> {
  const { settings, repository, access, machine = {}, deadlineMs, onStage } = flags;
  const signal = AbortSignal.timeout(deadlineMs);
  // Errors in local files, and an unreadable cluster, are reported before any request to the repository.
  const early = settings === undefined ? await runPipeline(flags) : null;
  return Workspace.with({ repository, access, machine, signal }, async (workspace) => {
    onStage?.('reading the repository');
    const target = { base: flags.base ?? (await defaultBranch(workspace)), file: flags.file, key: flags.key };
    const result = early ?? (await runWithRepositorySettings(workspace, target, flags));
    assertNotOwnSettings(result, flags);
    const refs = refsOf(target, keyOf(result.settings.spec.target.configMap), flags.branch);
    if (refs.branch === refs.base) throw sameBranch(refs.base);
    onStage?.('comparing with the repository');
    const inputs: ProposeInputs = {
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
          branch: shortName(refs.branch),
          base: target.base,
          signal,
        }),
      isDryRun: flags.isDryRun,
    };
    const step = (): Promise<ProposalOutcome> => proposeContent(workspace, inputs);
    const outcome = await (inputs.forge ? throughProxies(machine, step) : step());
    return outputOf(outcome, { target, refs, flags, result });
  });
}

async function defaultBranch(workspace: Workspace): Promise<string> {
  const { head, isEmpty } = await workspace.refs([]);
  if (head !== null && !isEmpty && isBranchName(head)) return head;
  throw new PluginError(
    'REPOSITORY_INVALID',
    isEmpty ? 'the repository has no commit' : "the repository's HEAD names no branch",
    { hint: isEmpty ? 'make a first commit: a proposal needs one to change' : 'name the branch with --base' },
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

interface ProposeContext {
  readonly target: Target;
  readonly refs: TargetRefs;
  readonly flags: ProposeFlags;
  readonly result: PipelineResult;
}

function outputOf(outcome: ProposalOutcome, context: ProposeContext): CommandOutput {
  const { flags, result } = context;
  const until = outcome.pending && new Date(outcome.pending.sinceMs + flags.settleMs).toISOString();
  const text =
    flags.output === 'json'
      ? `${JSON.stringify(asJson(outcome, context, until), null, 2)}\n`
      : `${sentenceOf(outcome, context, until)}\n${shown(outcome.message)}`;
  return { text, warnings: result.warnings, ...noteOnServers(context) };
}

function asJson(
  { kind, commit, pullRequest, message }: ProposalOutcome,
  { target, refs, flags }: ProposeContext,
  until: string | undefined,
): object {
  return {
    outcome: kind,
    base: target.base,
    branch: shortName(refs.branch),
    ...(commit === undefined ? {} : { commit }),
    ...(pullRequest === undefined ? {} : { pullRequest }),
    ...(until === undefined ? {} : { until }),
    ...(flags.isDryRun ? { dryRun: true } : {}),
    ...(message === undefined ? {} : { message }),
  };
}

function sentenceOf(
  { kind, pullRequest }: ProposalOutcome,
  { target, refs, flags }: ProposeContext,
  until: string | undefined,
): string {
  const branch = shortName(refs.branch);
  const dry = flags.isDryRun ? 'would be ' : '';
  const link = pullRequest === undefined ? '' : `, ${pullRequest}`;
  const sentences: Readonly<Record<ProposalOutcome['kind'], string>> = {
    unchanged: `nothing to propose: ${target.file} of ${target.base} matches discovery`,
    waiting: `a change was found, and is proposed if it lasts until ${until ?? ''}`,
    proposed: `${dry}proposed on ${branch}${link}`,
    standing: `already proposed on ${branch}${link}`,
    declined: `not proposed: the pull request with this change was closed${link}`,
    closed: `${dry}closed: ${branch} is deleted, since ${target.base} matches discovery${link}`,
    left: `nothing left to propose; ${branch} has commits by others and is left as it is`,
  };
  return sentences[kind];
}

/** The commit message, set off from the text around it. */
function shown(message: string | undefined): string {
  return message === undefined ? '' : `\n${message.trimEnd().replace(/^(?=.)/gm, '    ')}\n`;
}

/** A value that holds only toolsets has no place for MCP servers. */
function noteOnServers({ flags, result }: ProposeContext): Pick<CommandOutput, 'note'> {
  const servers = Object.keys(result.final.mcp_servers).length;
  if (flags.form !== 'toolsets' || servers === 0) return {};
  const note = `${String(servers)} of mcp_servers are not proposed: the value under ${flags.key ?? ''} has toolsets alone`;
  return { note };
}
