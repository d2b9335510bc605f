import type { Diagnostic } from '../../lib/diagnostic.ts';
import { keyOf } from '../../lib/object-key.ts';
import { warningItem } from '../markdown.ts';
import { configMapOf } from '../../customizations/config-map.ts';
import { renderers } from './renderers.ts';
import type { Flags } from '../flags/flags.ts';
import { oneOf } from '../flags/flags.ts';
import type { CommandOutput } from '../command.ts';
import { asSeenFromHere, outsideNote } from '../clusters/outside.ts';
import type { PipelineResult } from '../pipeline.ts';
import { runPipeline } from '../pipeline.ts';
import { assertSmall, gitReader } from '../git-readers.ts';
import { assertRelease, findingJson } from '../preview.ts';
import { usage } from '../flags/usage.ts';
import { upgradeOf } from '../../consumers/index.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import type { PreviewFinding } from '../../validate/preview/finding.ts';
import { assertWhole } from '../snapshot/config-map.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { costsOf } from '../../consumers/cost.ts';
import type { Difference, TokenChange } from './diff-types.ts';
import type { OtherRelease } from './toolset-changes.ts';
import { toolsetChanges } from './toolset-changes.ts';
import { getOwn } from '../../lib/json.ts';

/** Generated against live, other files in Git or another release: in words first, then line by line. */
export async function diff(given: Flags): Promise<CommandOutput> {
  const flags = await asSeenFromHere(given);
  const format = oneOf('--output', flags.output, ['text', 'json', 'markdown']) ?? 'text';
  assertRelease(flags);
  if (flags.against !== undefined && flags.targetVersion !== undefined)
    throw usage.conflict('--against', '--target-version', 'each of them says what to compare with');
  // What is wrong whatever the release is told first.
  const present = flags.targetVersion === undefined ? null : await runPipeline({ ...flags, targetVersion: undefined });
  const result = await (present ? runAsOf(flags) : runPipeline(flags));
  const difference = await differenceOf(
    result,
    present ? await presentOf(present, result, flags) : await beforeOf(result, flags),
  );
  const { unified, preview = [] } = difference;
  const findsSomething = unified !== '' || preview.some(({ severity }) => severity !== 'note');
  const { warnings } = result;
  const note = outsideNote(flags, result.settings.spec.health.check);
  const told = format === 'markdown' ? warningsText(warnings) : '';
  return { text: `${textOf(difference, format)}${told}`, warnings, findsSomething, ...note };
}

const maxWarnings = 20;

/** What a comment of a pull request has of the generation; elsewhere it goes to standard error. */
function warningsText(warnings: readonly Diagnostic[]): string {
  if (warnings.length === 0) return '';
  const more = warnings.length - maxWarnings;
  const items = warnings.slice(0, maxWarnings).map(warningItem);
  return `\nOf the generation:\n\n${items.join('')}${more > 0 ? `- and ${String(more)} more\n` : ''}`;
}

function textOf(difference: Difference, format: 'text' | 'json' | 'markdown'): string {
  if (format !== 'json') return renderers[format](difference);
  const { preview, ...others } = difference;
  return `${JSON.stringify(preview ? { ...others, preview: preview.map(findingJson) } : others, null, 2)}\n`;
}

/** What a run gives beside what was there before. */
export async function differenceOf(result: PipelineResult, before: Before): Promise<Difference> {
  const { configMap } = result.settings.spec.target;
  const { data } = configMapOf(result);
  const { linePatch } = await import('./line-patch.ts');
  const keys = [...new Set([...Object.keys(before.data), ...Object.keys(data)])].sort();
  const changed = keys.filter((one) => getOwn(before.data, one) !== getOwn(data, one));
  const unified = changed.map((one) =>
    linePatch(
      { name: `${before.title}/${one}`, text: getOwn(before.data, one) ?? '' },
      { name: `generated/${one}`, text: getOwn(data, one) ?? '' },
    ),
  );
  const old = result.consumer.read(before.data, configMap.key);
  const readable = old ?? { toolsets: {}, mcp_servers: {} };
  const isUnreadable = old === null && Object.keys(before.data).length > 0;
  return {
    configMap: keyOf(configMap),
    with: isUnreadable ? `${before.words}, which is not in the consumer's form` : before.words,
    toolsets: isUnreadable ? [] : toolsetChanges(readable, result, before.other),
    tokens: isUnreadable ? null : tokensOf(readable, result, before.other?.consumer),
    ...(before.preview ? { release: result.consumer.title, preview: before.preview } : {}),
    unified: unified.join(''),
  };
}

/** What was there before costs what its own release makes of it. */
function tokensOf(before: ToolsetFile, { consumer, final }: PipelineResult, present = consumer): TokenChange | null {
  const [was, is] = [costsOf(present, before), costsOf(consumer, final)];
  return was && is && { before: was.total.tokens, after: is.total.tokens };
}

/** What a result is compared with. */
export interface Before {
  /** Of its files in the unified diff. */
  readonly title: string;
  /** Stands behind `compared with`. */
  readonly words: string;
  readonly data: Readonly<Record<string, string>>;
  readonly preview?: readonly PreviewFinding[];
  /** Where it is that of another release. */
  readonly other?: OtherRelease;
}

async function beforeOf({ discovery, settings }: PipelineResult, flags: Flags): Promise<Before> {
  if (flags.against !== undefined) {
    const other = await runPipeline({ ...flags, path: flags.against });
    return { title: 'against', words: `what ${flags.against} gives`, data: configMapOf(other).data };
  }
  if (!discovery.live) return { title: 'live', words: 'nothing: it is not in the cluster', data: {} };
  assertWhole(discovery.live, keyOf(settings.spec.target.configMap));
  assertSmall(discovery.live.data, flags);
  return { title: 'live', words: 'the live one', data: discovery.live.data };
}

/** What is generated for the present release, and what the other one changes for the files. */
async function presentOf(present: PipelineResult, result: PipelineResult, flags: Flags): Promise<Before> {
  const [{ previewOf }, { filesIn }] = await Promise.all([
    import('../../validate/preview/preview.ts'),
    import('../../validate/files.ts'),
  ]);
  const { settings, consumer } = present;
  const { version } = result.settings.spec.target;
  const found = { before: present.findings, after: result.findings };
  return {
    title: 'present',
    words: `what is generated for ${consumer.title}`,
    data: configMapOf(present).data,
    preview: previewOf(await filesIn(await gitReader(flags)), version, settings, found),
    other: { consumer, upgrade: upgradeOf(settings.spec.target, version) },
  };
}

/** With the release of `--target-version`, which a failure names: with the present one it did not fail. */
async function runAsOf(flags: Flags): Promise<PipelineResult> {
  try {
    return await runPipeline(flags);
  } catch (error) {
    if (!isPluginError(error)) throw error;
    const { code, hint, diagnostics: problems } = error;
    const message = `with --target-version ${flags.targetVersion ?? ''}: ${error.message}`;
    throw new PluginError(code, message, { hint, problems, cause: error });
  }
}
