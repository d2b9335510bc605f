import { keyOf } from '../../lib/object-key.ts';
import { configMapOf } from '../../customizations/config-map.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import { targetName } from '../targets.ts';
import type { PreviewFinding } from '../../validate/preview/finding.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import { costsOf } from '../../consumers/cost.ts';
import type { Difference, TokenChange, ToolsetChange } from './diff-types.ts';
import type { OtherRelease } from './toolset-changes.ts';
import { toolsetChanges } from './toolset-changes.ts';
import { getOwn } from '../../lib/json.ts';

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
