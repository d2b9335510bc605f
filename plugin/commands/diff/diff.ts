import type { Diagnostic } from '../../lib/diagnostic.ts';
import { keyOf } from '../../lib/object-key.ts';
import { warningItem } from '../markdown.ts';
import { configMapOf } from '../../customizations/config-map.ts';
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
import type { PreviewFinding } from '../../validate/preview/finding.ts';
import { assertWhole } from '../snapshot/config-map.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import { costsOf } from '../../consumers/cost.ts';
import type { Difference, TokenChange, ToolsetChange } from './diff-types.ts';
import type { OtherRelease } from './toolset-changes.ts';
import { toolsetChanges } from './toolset-changes.ts';
import { getOwn } from '../../lib/json.ts';

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

/** The result of a run compared with what was there before. */
async function differenceOf(result: PipelineResult, before: Baseline): Promise<Difference> {
  const { configMap } = result.settings.spec.target;
  const old = result.consumer.read(before.data, configMap.key);
  const readable = old ?? { toolsets: {}, mcp_servers: {} };
  const isUnreadable = old === null && Object.keys(before.data).length > 0;
  const toolsets = isUnreadable ? [] : toolsetChanges(readable, result, before.other);
  const { data } = configMapOf(result);
  return {
    configMap: keyOf(configMap),
    with: isUnreadable ? `${before.words}, which is not in the consumer's form` : before.words,
    ...(before.renamedFrom === undefined ? {} : { renamedFrom: before.renamedFrom }),
    toolsets,
    notes: isUnreadable ? [] : notesOn(before, data, toolsets),
    tokens: isUnreadable ? null : tokensOf(readable, result, before.other?.consumer),
    ...(before.preview ? { release: result.consumer.title, preview: before.preview } : {}),
    unified: await unifiedOf(before, data),
  };
}

/** What the changes of toolsets do not say. */
function notesOn(before: Baseline, data: Baseline['data'], toolsets: readonly ToolsetChange[]): string[] {
  const old = Object.keys(before.data);
  const gone = old.filter((key) => !Object.hasOwn(data, key));
  const isRewritten = old.some((key) => Object.hasOwn(data, key) && getOwn(before.data, key) !== getOwn(data, key));
  const others = gone.map((key) => `${key} is not generated: only ${before.words} has it`);
  return toolsets.length > 0 || !isRewritten ? others : [onlyNotation, ...others];
}

const onlyNotation = 'no toolset changes: only comments, order, notation or keys beside the toolsets differ';

async function unifiedOf(before: Pick<Baseline, 'title' | 'data'>, data: Baseline['data']): Promise<string> {
  const { linePatch } = await import('../../lib/data/line-patch.ts');
  const keys = [...new Set([...Object.keys(before.data), ...Object.keys(data)])].sort();
  const changed = keys.filter((one) => getOwn(before.data, one) !== getOwn(data, one));
  const patches = changed.map((one) =>
    linePatch(
      { name: `${before.title}/${one}`, text: getOwn(before.data, one) ?? '' },
      { name: `generated/${one}`, text: getOwn(data, one) ?? '' },
    ),
  );
  return patches.join('');
}

/** The previous file has the costs of its own release. */
function tokensOf(before: ToolsetFile, { consumer, final }: PipelineResult, present = consumer): TokenChange | null {
  const [was, is] = [costsOf(present, before), costsOf(consumer, final)];
  return was && is && { before: was.total.tokens, after: is.total.tokens };
}

/** What a result is compared with. */
export interface Baseline {
  /** File name in the unified diff. */
  readonly title: string;
  /** Follows `compared with`. */
  readonly words: string;
  readonly data: Readonly<Record<string, string>>;
  /** Name of its ConfigMap, if it differs. */
  readonly renamedFrom?: string;
  readonly preview?: readonly PreviewFinding[];
  /** Set if it belongs to another release. */
  readonly other?: OtherRelease;
}

async function differencesOf(results: readonly PipelineResult[], flags: DiffFlags): Promise<readonly Difference[]> {
  const { against } = flags;
  const live = (): Baseline[] => results.map((result) => liveBaseline(result, flags));
  if (against === undefined) return comparedWith(results, live());
  const others = await runPipelines({ ...flags, path: against });
  return differencesBetween(results, others, { title: 'against', words: `what ${against} gives` });
}

/** The result of each run compared with what was there before it. */
export async function comparedWith(
  results: readonly PipelineResult[],
  baselines: readonly Baseline[],
): Promise<readonly Difference[]> {
  const pairs = results.flatMap((result, index) => {
    const before = baselines[index];
    return before ? [{ result, before }] : [];
  });
  return Promise.all(pairs.map(({ result, before }) => differenceOf(result, before)));
}

/** Each target compared with its counterpart from other files, followed by the targets that only those files have. */
export async function differencesBetween(
  results: readonly PipelineResult[],
  others: readonly PipelineResult[],
  label: Pick<Baseline, 'title' | 'words'>,
): Promise<readonly Difference[]> {
  const pairs = results.map((result) => ({ result, other: sameTarget(result, results, others) }));
  const baselines = pairs.map(({ result, other }): Baseline => {
    if (!other) return { ...label, words: `nothing: ${label.words} does not have it`, data: {} };
    const { data } = configMapOf(other);
    const renamedFrom = targetName(other.settings);
    if (renamedFrom === targetName(result.settings)) return { ...label, data };
    return { ...label, words: `${label.words}, where it is ${renamedFrom}`, renamedFrom, data };
  });
  const gone = others.filter((one) => !pairs.some(({ other }) => other === one));
  return [
    ...(await comparedWith(results, baselines)),
    ...(await Promise.all(gone.map((one) => removedTarget(one, label)))),
  ];
}

/** The target with the same ConfigMap name, or the only one if both sides have a single target of the same consumer. */
function sameTarget(
  { settings }: PipelineResult,
  results: readonly PipelineResult[],
  others: readonly PipelineResult[],
): PipelineResult | undefined {
  const same = others.find((one) => targetName(one.settings) === targetName(settings));
  const [only] = results.length === 1 && others.length === 1 ? others : [];
  return same ?? (only?.settings.spec.target.format === settings.spec.target.format ? only : undefined);
}

async function removedTarget(other: PipelineResult, label: Pick<Baseline, 'title' | 'words'>): Promise<Difference> {
  const { final, settings } = other;
  return {
    configMap: targetName(settings),
    with: `${label.words}, which alone has it`,
    toolsets: sections.flatMap((section) =>
      Object.keys(final[section]).map((name) => ({
        name,
        change: 'removed' as const,
        words: ['removed, with its ConfigMap'],
        tokens: null,
      })),
    ),
    notes: [],
    tokens: null,
    unified: await unifiedOf({ ...label, data: configMapOf(other).data }, {}),
  };
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
