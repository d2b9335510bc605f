import { keyOf } from '../../lib/object-key.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import type { Data } from '../../lib/json.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import type { Path } from '../../lib/json-pointer.ts';
import { differences, valueAt } from '../../lib/json-pointer.ts';
import type { Section, ToolsetFile } from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import { locationOf } from '../../customizations/provenance.ts';
import { printable } from '../../lib/text.ts';
import type { PipelineResult } from '../pipeline.ts';
import type { ToolsetChange } from './diff-types.ts';

/** Every toolset and MCP server that differs from what was there before, in words. */
export function toolsetChanges(before: ToolsetFile, result: PipelineResult): ToolsetChange[] {
  const { admitted } = result.discovery;
  const services = Map.groupBy(
    admitted.flatMap((candidate) =>
      result.consumer.entriesOf(candidate).map((entry) => ({ entry, service: keyOf(candidate.service) })),
    ),
    ({ entry }) => entry,
  );
  const servicesOf = (name: string): readonly string[] => services.get(name)?.map(({ service }) => service) ?? [];
  return sections.flatMap((section) => {
    const names = new Set([...Object.keys(before[section]), ...Object.keys(result.final[section])]);
    return [...names].sort().flatMap((name) => changeOf(section, name, before, result, servicesOf));
  });
}

type ServicesOf = (name: string) => readonly string[];

function changeOf(
  section: Section,
  name: string,
  before: ToolsetFile,
  result: PipelineResult,
  servicesOf: ServicesOf,
): ToolsetChange[] {
  const was = getOwn(before[section], name);
  const is = getOwn(result.final[section], name);
  const paths = differences(was, is);
  if (paths.length === 0) return [];
  const tokens = tokenChange(section, name, was, is, result);
  if (was === undefined)
    return [{ name, change: 'new', words: [`new, ${originOf(section, name, servicesOf(name), result)}`], tokens }];
  if (is === undefined) return [{ name, change: 'removed', words: [removed(section, name, result)], tokens }];
  const words = paths.map((path) => wordsFor(path, was, is, [section, name], result));
  return [{ name, change: 'changed', words, tokens }];
}

/** Without an entry, what is on by default costs as much as with one that enables it. */
function tokenChange(
  section: Section,
  name: string,
  was: Data | undefined,
  is: Data | undefined,
  { consumer }: PipelineResult,
): number | null {
  const { costOf } = consumer;
  if (costOf === null) return null;
  const absent: Data = { enabled: consumer.isOnByDefault(section, name) };
  const [before, after] = [costOf(section, name, was ?? absent), costOf(section, name, is ?? absent)];
  return before && after && after.tokens - before.tokens;
}

function originOf(
  section: Section,
  name: string,
  services: readonly string[],
  { provenance, consumer, generated }: PipelineResult,
): string {
  if (services.length > 0) return `from ${services.length === 1 ? 'Service' : 'Services'} ${services.join(', ')}`;
  const source = provenance.sourceOf([section, name]);
  if (source) return `by ${formatLocation(locationOf(source))}`;
  const entry = getOwn(generated.file[section], name);
  return isMap(entry) && entry.enabled === false && consumer.standing.includes(name)
    ? 'disabled by spec.target.defaultToolsets'
    : 'always there';
}

function removed(section: string, name: string, { provenance, leftOut }: PipelineResult): string {
  const beyond = leftOut.find((one) => one.section === section && one.name === name);
  if (beyond)
    return `left out: no room for its ${String(beyond.cost.tokens)} tokens in target.maxToolTokens ${String(beyond.limit)}`;
  const removal = provenance.removalAt([section, name]);
  return removal
    ? `removed, by ${formatLocation(locationOf(removal))}`
    : 'removed: no matching Service and not defined in Git';
}

function wordsFor(path: Path, was: Data, is: Data, entry: Path, { provenance }: PipelineResult): string {
  const whole = [...entry, ...path];
  const source = provenance.sourceOf(whole) ?? provenance.removalAt(whole);
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
