import { keyOf } from '../../lib/object-key.ts';
import { configMapOf } from '../../customizations/config-map.ts';
import { renderers } from './renderers.ts';
import type { Flags } from '../flags/flags.ts';
import { oneOf } from '../flags/flags.ts';
import type { CommandOutput } from '../command.ts';
import type { PipelineResult } from '../pipeline.ts';
import { runPipeline } from '../pipeline.ts';
import { assertSmall } from '../git-readers.ts';
import { assertWhole } from '../snapshot/config-map.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { costsOf } from '../../consumers/cost.ts';
import type { Difference, TokenChange } from './diff-types.ts';
import { toolsetChanges } from './toolset-changes.ts';
import { getOwn } from '../../lib/json.ts';

/** Generated against live, or against what other files in Git would give: in words first, then line by line. */
export async function diff(flags: Flags): Promise<CommandOutput> {
  const format = oneOf('--output', flags.output, ['text', 'json', 'markdown']) ?? 'text';
  const result = await runPipeline(flags);
  const difference = await differenceOf(result, flags);
  const findsSomething = difference.unified !== '';
  const text = format === 'json' ? `${JSON.stringify(difference, null, 2)}\n` : renderers[format](difference);
  return { text, warnings: result.warnings, findsSomething };
}

async function differenceOf(result: PipelineResult, flags: Flags): Promise<Difference> {
  const { configMap } = result.settings.spec.target;
  const { data } = configMapOf(result);
  const before = await beforeOf(result, flags);
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
    toolsets: isUnreadable ? [] : toolsetChanges(readable, result),
    tokens: isUnreadable ? null : tokensOf(readable, result),
    unified: unified.join(''),
  };
}

function tokensOf(before: ToolsetFile, { consumer, final }: PipelineResult): TokenChange | null {
  const [was, is] = [costsOf(consumer, before), costsOf(consumer, final)];
  return was && is && { before: was.total.tokens, after: is.total.tokens };
}

interface Before {
  readonly title: string;
  readonly words: string;
  readonly data: Readonly<Record<string, string>>;
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
