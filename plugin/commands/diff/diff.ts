import { keyOf } from '../../lib/object-key.ts';
import { isMap } from '../../lib/json.ts';
import type { Data } from '../../lib/json.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import { configMapOf } from '../../customizations/config-map.ts';
import type { Path } from '../../lib/json-pointer.ts';
import { differences, getOwn, valueAt } from '../../lib/json-pointer.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { locationOf, removalAt } from '../../customizations/provenance.ts';
import { printable } from '../../lib/text.ts';
import { renderers } from './renderers.ts';
import type { Flags } from '../flags/flags.ts';
import { oneOf } from '../flags/flags.ts';
import type { CommandOutput } from '../run.ts';
import type { PipelineResult } from '../pipeline.ts';
import { runPipeline } from '../pipeline.ts';
import { assertWhole } from '../snapshot/config-map.ts';

/** What would become of one toolset. */
export interface ToolsetChange {
  readonly name: string;
  readonly change: 'new' | 'removed' | 'changed';
  /** One sentence without a full stop for each difference. */
  readonly words: readonly string[];
}

/** What `diff -o json` prints. */
export interface Difference {
  readonly configMap: string;
  /** What it is compared with. */
  readonly with: string;
  readonly toolsets: readonly ToolsetChange[];
  readonly unified: string;
}

/** Generated against live, or against what other files in Git would give: in words first, then line by line. */
export async function diff(flags: Flags): Promise<CommandOutput> {
  const format = oneOf('--output', flags.output, ['text', 'json', 'markdown']) ?? 'text';
  const outcome = await runPipeline(flags);
  const difference = await differenceOf(outcome, flags);
  const findsSomething = difference.unified !== '';
  const text = format === 'json' ? `${JSON.stringify(difference, null, 2)}\n` : renderers[format](difference);
  return { text, warnings: outcome.warnings, findsSomething };
}

async function differenceOf(outcome: PipelineResult, flags: Flags): Promise<Difference> {
  const { configMap } = outcome.settings.spec.target;
  const { data } = configMapOf(outcome);
  const before = await beforeOf(outcome, flags);
  const { createTwoFilesPatch } = await import('diff');
  const keys = [...new Set([...Object.keys(before.data), ...Object.keys(data)])].sort();
  const changed = keys.filter((one) => before.data[one] !== data[one]);
  const unified = changed.map((one) =>
    createTwoFilesPatch(`${before.title}/${one}`, `generated/${one}`, before.data[one] ?? '', data[one] ?? '', '', '', {
      headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
    }),
  );
  const old = outcome.consumer.read(before.data, configMap.key);
  const isUnreadable = old === null && Object.keys(before.data).length > 0;
  return {
    configMap: keyOf(configMap),
    with: isUnreadable ? `${before.words}, which is not in the consumer's form` : before.words,
    toolsets: old || !isUnreadable ? changesOf(old ?? { toolsets: {}, mcp_servers: {} }, outcome) : [],
    unified: unified.join(''),
  };
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
  return { title: 'live', words: 'the live one', data: discovery.live.data };
}

function changesOf(before: ToolsetFile, outcome: PipelineResult): ToolsetChange[] {
  return (['toolsets', 'mcp_servers'] as const).flatMap((section) => {
    const names = new Set([...Object.keys(before[section]), ...Object.keys(outcome.final[section])]);
    return [...names].sort().flatMap((name): ToolsetChange[] => {
      const was = getOwn(before[section], name);
      const is = getOwn(outcome.final[section], name);
      const paths = differences(was, is);
      if (paths.length === 0) return [];
      if (was === undefined) return [{ name, change: 'new', words: [`new, ${originOf(section, name, outcome)}`] }];
      if (is === undefined)
        return [{ name, change: 'removed', words: [`removed, ${absenceOf(section, name, outcome)}`] }];
      return [
        { name, change: 'changed', words: paths.map((path) => wordsFor(path, was, is, [section, name], outcome)) },
      ];
    });
  });
}

function originOf(section: string, name: string, { consumer, discovery, trace }: PipelineResult): string {
  const services = discovery.admitted.filter((candidate) => consumer.entriesOf(candidate).includes(name));
  if (services.length > 0) {
    const named = services.map(({ service }) => keyOf(service)).join(', ');
    return `from ${services.length === 1 ? 'Service' : 'Services'} ${named}`;
  }
  const source = trace.sourceOf([section, name]);
  return source ? `by ${formatLocation(locationOf(source))}` : 'always there';
}

function absenceOf(section: string, name: string, { trace }: PipelineResult): string {
  const removal = removalAt(trace, [section, name]);
  return removal
    ? `by ${formatLocation(locationOf(removal))}`
    : 'for no Service answers for it, and nothing in Git names it';
}

function wordsFor(path: Path, was: Data, is: Data, entry: Path, { trace }: PipelineResult): string {
  const whole = [...entry, ...path];
  const source = trace.sourceOf(whole) ?? removalAt(trace, whole);
  const by = source ? `, by ${formatLocation(locationOf(source))}` : '';
  const [before, after] = [valueAt(was, path), valueAt(is, path)];
  if (path.length === 1 && path[0] === 'enabled') return `${after === false ? 'disabled' : 'enabled'}${by}`;
  const what = path.filter((key) => key !== 'config').join('.') || 'the whole';
  if (before === undefined) return `${what} added: ${shown(after)}${by}`;
  if (after === undefined) return `${what} removed: ${shown(before)}${by}`;
  return `${what} changed ${shown(before)} -> ${shown(after)}${by}`;
}

/** Enough of a value to know it by. */
function shown(value: Data | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  const line = printable(text);
  return line.length > 120 || isMap(value) || Array.isArray(value)
    ? `${line.slice(0, 120)}${line.length > 120 ? '…' : ''}`
    : line;
}
