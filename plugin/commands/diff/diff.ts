import type { Diagnostic } from '../../lib/diagnostic.ts';
import { keyOf } from '../../lib/object-key.ts';
import { warningItem } from '../markdown.ts';
import { configMapOf } from '../../customizations/config-map.ts';
import { comparedWith, differencesBetween } from './differences.ts';
import type { Baseline } from './differences.ts';
import { shownData } from './live-secrets.ts';
import { renderers } from './renderers.ts';
import type { DiscoveryFlags, FlagValues } from '../flags/flags.ts';
import type { CommandOutput } from '../command.ts';
import { asSeenFromHere, outsideNote } from '../clusters/outside.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import { runPipelines } from '../pipeline/pipeline.ts';
import { withoutDuplicates, targetName } from '../targets.ts';
import { assertSmall, gitReader } from '../git-readers.ts';
import { assertRelease, findingJson } from '../preview.ts';
import { usage } from '../flags/usage.ts';
import { upgradeOf } from '../../consumers/index.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import { assertWhole } from '../snapshot/config-map.ts';
import type { Difference } from './diff-types.ts';

type DiffFlags = DiscoveryFlags &
  FlagValues<'against' | 'target-version'> & { readonly output: 'text' | 'json' | 'markdown' };

/**
 * Compares the generated files with the live ones, with other files in Git, or with another release: in words first,
 * then line by line.
 */
export async function diff(given: DiffFlags): Promise<CommandOutput> {
  const flags = await asSeenFromHere(given);
  assertRelease(flags);
  if (flags.against !== undefined && flags.targetVersion !== undefined)
    throw usage.conflict('--against', '--target-version', 'each sets what to compare with');
  const { results, differences } = await (flags.targetVersion === undefined ? compare(flags) : preview(flags));
  const findsSomething = differences.some(
    ({ unified, preview = [] }) => unified !== '' || preview.some(({ severity }) => severity !== 'note'),
  );
  const warnings = withoutDuplicates(results.flatMap((result) => result.warnings));
  const note = outsideNote(flags, results[0]?.settings.spec.health.check ?? '');
  const appendix = flags.output === 'markdown' ? warningsText(warnings) : '';
  return { text: `${textOf(differences, flags.output)}${appendix}`, warnings, findsSomething, ...note };
}

interface Comparison {
  readonly results: readonly PipelineResult[];
  readonly differences: readonly Difference[];
}

async function compare(flags: DiffFlags): Promise<Comparison> {
  const results = await runPipelines(flags);
  return { results, differences: await differencesOf(results, flags) };
}

/** Compares the release of `--target-version` with the current one. Errors that do not depend on it come first. */
async function preview(flags: DiffFlags): Promise<Comparison> {
  const current = await runPipelines({ ...flags, targetVersion: undefined });
  const results = await runAsOf(flags);
  return { results, differences: await comparedWith(results, await currentBaselines(current, results, flags)) };
}

const maxWarnings = 20;

/** Warnings of the generation, for a pull request comment; elsewhere they go to standard error. */
function warningsText(warnings: readonly Diagnostic[]): string {
  if (warnings.length === 0) return '';
  const more = warnings.length - maxWarnings;
  const items = warnings.slice(0, maxWarnings).map(warningItem);
  return `\nOf the generation:\n\n${items.join('')}${more > 0 ? `- and ${String(more)} more\n` : ''}`;
}

/** Prints one difference after another; several as JSON are a list in `targets`. */
function textOf(differences: readonly Difference[], format: DiffFlags['output']): string {
  if (format !== 'json') return differences.map(renderers[format]).join('\n');
  const all = differences.map(({ preview, ...others }) => {
    return preview ? { ...others, preview: preview.map(findingJson) } : others;
  });
  return `${JSON.stringify(all.length === 1 ? all[0] : { targets: all }, null, 2)}\n`;
}

async function differencesOf(results: readonly PipelineResult[], flags: DiffFlags): Promise<readonly Difference[]> {
  const { against } = flags;
  const live = (): Baseline[] => results.map((result) => liveBaseline(result, flags));
  if (against === undefined) return comparedWith(results, live());
  const others = await runPipelines({ ...flags, path: against });
  return differencesBetween(results, others, { title: 'against', words: `what ${against} gives` });
}

function liveBaseline(result: PipelineResult, flags: DiffFlags): Baseline {
  const { discovery, settings } = result;
  if (!discovery.live) return { title: 'live', words: 'nothing: it is not in the cluster', data: {} };
  assertWhole(discovery.live, keyOf(settings.spec.target.configMap));
  assertSmall(discovery.live.data, flags);
  return { title: 'live', words: 'the live one', data: shownData(discovery.live.data, configMapOf(result).data) };
}

/** What is generated for the current release, and what the other one changes for the files. */
async function currentBaselines(
  currentResults: readonly PipelineResult[],
  results: readonly PipelineResult[],
  flags: DiffFlags,
): Promise<readonly Baseline[]> {
  const [{ previewOf }, { filesIn }] = await Promise.all([
    import('../../validate/preview/preview.ts'),
    import('../../validate/git-files.ts'),
  ]);
  const inGit = await filesIn(await gitReader(flags));
  return currentResults.map((present, index) => {
    const { settings, consumer } = present;
    const [result = present] = results.slice(index);
    const { version } = result.settings.spec.target;
    const found = { before: present.findings, after: result.findings };
    const files = inGit.find((one) => targetName(one.settings) === targetName(settings)) ?? inGit[0];
    return {
      title: 'present',
      words: `what is generated for ${consumer.title}`,
      data: configMapOf(present).data,
      preview: files ? previewOf(files, version, settings, found) : [],
      other: { consumer, upgrade: upgradeOf(settings.spec.target, version) },
    };
  });
}

/**
 * Runs with the release of `--target-version`, and names it in a failure: with the current release, the run succeeded.
 */
async function runAsOf(flags: DiffFlags): Promise<readonly PipelineResult[]> {
  try {
    return await runPipelines(flags);
  } catch (error) {
    if (!isPluginError(error)) throw error;
    const { code, hint, diagnostics: problems } = error;
    const message = `with --target-version ${flags.targetVersion ?? ''}: ${error.message}`;
    throw new PluginError(code, message, { hint, problems, cause: error });
  }
}
