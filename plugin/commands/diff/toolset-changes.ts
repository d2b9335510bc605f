import { keyOf } from '../../lib/object-key.ts';
import type { Data, Path } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import { differences, pointerTo, valueAt } from '../../lib/data/json-pointer.ts';
import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import type { KeyRename, Upgrade } from '../../consumers/upgrade.ts';
import { locationOf } from '../../customizations/provenance.ts';
import { clipped, printable } from '../../lib/messages/text.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import type { ToolsetChange } from './diff-types.ts';

/** The consumer with the release that the result is compared with, and what differs in that of the result. */
export interface OtherRelease {
  readonly consumer: Consumer;
  readonly upgrade: Upgrade | null;
}

/** Two files as the consumer reads them. */
interface Files {
  readonly before: ToolsetFile;
  readonly after: ToolsetFile;
}

/**
 * Every toolset and MCP server that differs from before, in words. With `other`, the previous file was generated from
 * the same inputs for another release of the consumer.
 */
export function toolsetChanges(before: ToolsetFile, result: PipelineResult, other?: OtherRelease): ToolsetChange[] {
  const files = { before, after: asRead(result) };
  const { admitted } = result.discovery;
  const services = Map.groupBy(
    admitted.flatMap((candidate) =>
      result.consumer.entriesOf(candidate).map((entry) => ({ entry, service: keyOf(candidate.service) })),
    ),
    ({ entry }) => entry,
  );
  const servicesOf = (name: string): readonly string[] => services.get(name)?.map(({ service }) => service) ?? [];
  return sections.flatMap((section) => {
    const names = new Set([...Object.keys(files.before[section]), ...Object.keys(files.after[section])]);
    return [...names].sort().flatMap((name) => changeOf(section, name, files, result, { servicesOf, other }));
  });
}

/** The printed file as it is read back: not every consumer's file contains all that Git says about an entry. */
function asRead({ consumer, final, settings }: PipelineResult): ToolsetFile {
  const { key } = settings.spec.target.configMap;
  return consumer.read(consumer.data(final, key, null), key) ?? final;
}

interface Causes {
  readonly servicesOf: (name: string) => readonly string[];
  readonly other: OtherRelease | undefined;
}

function changeOf(
  section: Section,
  name: string,
  { before, after }: Files,
  result: PipelineResult,
  { servicesOf, other }: Causes,
): ToolsetChange[] {
  const was = getOwn(before[section], name);
  const is = getOwn(after[section], name);
  const paths = differences(was, is, 'items');
  if (paths.length === 0) return [];
  const tokens = tokenChange(section, name, [was, is], [other?.consumer ?? result.consumer, result.consumer]);
  if (was === undefined)
    return [{ name, change: 'new', words: [`new, ${originOf(section, name, servicesOf(name), result)}`], tokens }];
  if (is === undefined) {
    const word = other ? unprinted(section, name, result) : removed(section, name, result);
    return [{ name, change: 'removed', words: [word], tokens }];
  }
  const renamed =
    other?.upgrade && isMap(was) ? renamedBetween(other.upgrade.renamedKeys(section, name, was), was, is) : [];
  const renamedPaths = new Set(renamed.flatMap(({ paths: both }) => both.map((path) => pointerTo(path))));
  const words = [
    ...renamed.map(({ word }) => word),
    ...paths
      .filter((path) => !renamedPaths.has(pointerTo(path)))
      .map((path) => wordsFor(path, was, is, [section, name], result)),
  ];
  return [{ name, change: 'changed', words, tokens }];
}

/** A toolset that is on by default costs as much without an entry as with one that enables it. */
function tokenChange(
  section: Section,
  name: string,
  [was, is]: readonly [Data | undefined, Data | undefined],
  consumers: readonly [Consumer, Consumer],
): number | null {
  const [before, after] = [was, is].map((entry, index) => {
    const consumer = consumers[index === 0 ? 0 : 1];
    return consumer.costOf?.(section, name, entry ?? { enabled: consumer.isOnByDefault(section, name) });
  });
  return before && after ? after.tokens - before.tokens : null;
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
  return isMap(entry) && entry.enabled === false && consumer.alwaysOn.includes(name)
    ? 'disabled by spec.target.defaultToolsets'
    : 'always there';
}

function removed(section: Section, name: string, { provenance, leftOut, final }: PipelineResult): string {
  const leftOutEntry = leftOut.find((one) => one.section === section && one.name === name);
  if (leftOutEntry)
    return `left out: no room for its ${String(leftOutEntry.cost.tokens)} tokens in target.maxToolTokens ${String(leftOutEntry.limit)}`;
  const entry = getOwn(final[section], name);
  const switchedOff = isMap(entry) && entry.enabled === false ? provenance.sourceOf([section, name, 'enabled']) : null;
  if (switchedOff) return `removed: disabled, by ${formatLocation(locationOf(switchedOff))}`;
  const removal = provenance.removalAt([section, name]);
  return removal
    ? `removed, by ${formatLocation(locationOf(removal))}`
    : 'removed: no matching Service and not defined in Git';
}

/** Why only the other release has this toolset. */
function unprinted(section: Section, name: string, { consumer }: PipelineResult): string {
  return consumer.isKnown(section, name)
    ? `removed: ${consumer.title} does not enable it by itself`
    : `removed: ${consumer.title} has no such toolset`;
}

interface RenamedKey {
  readonly paths: readonly Path[];
  readonly word: string;
}

/** Keys of `config` whose value the other release has under another name. */
function renamedBetween(keys: readonly KeyRename[], was: Data, is: Data): RenamedKey[] {
  return keys.flatMap(({ path, to }) => {
    const after = [...path.slice(0, -1), to];
    const [before, now] = [valueAt(was, path), valueAt(is, after)];
    if (before === undefined || now === undefined || valueAt(is, path) !== undefined) return [];
    const text = `${path.slice(1).join('.')} renamed to ${to}`;
    const isSame = differences(before, now).length === 0;
    return [{ paths: [path, after], word: isSame ? text : `${text}, and changed ${shownBoth(before, now)}` }];
  });
}

function wordsFor(
  path: Path,
  was: Data,
  is: Data,
  [section, name]: readonly [Section, string],
  { provenance, consumer }: PipelineResult,
): string {
  const whole = [section, name, ...path];
  const source = provenance.sourceOf(whole) ?? provenance.removalAt(whole);
  const by = source ? `, by ${formatLocation(locationOf(source))}` : '';
  const [before, after] = [valueAt(was, path), valueAt(is, path)];
  const [wasOn, isOn] = [was, is].map((one) => consumer.isEnabled(section, name, one));
  if (path.length === 1 && path[0] === 'enabled' && wasOn !== isOn) return `${isOn ? 'enabled' : 'disabled'}${by}`;
  const what = (path.length > 1 && path[0] === 'config' ? path.slice(1) : path).join('.') || 'the whole';
  if (before === undefined) return `${what} added: ${shown(after)}${by}`;
  if (after === undefined) return `${what} removed: ${shown(before)}${by}`;
  return `${what} changed ${shownBoth(before, after)}${by}`;
}

/** Both values; if long ones begin alike, from shortly before they differ. */
function shownBoth(was: Data, is: Data): string {
  const [before, after] = [textOf(was), textOf(is)];
  const from = Math.max(0, commonStart(before, after) - maxContext);
  const isShortened = before.length > maxShown && after.length > maxShown && from > 0;
  return [before, after]
    .map((text) => (isShortened ? `…${clipped(text.slice(from), maxShown)}` : clipped(text, maxShown)))
    .join(' -> ');
}

/** Characters shown of a value, and how many of these precede a difference. */
const maxShown = 120;
const maxContext = 40;

function commonStart(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

/** Enough of a value to recognize it. */
function shown(value: Data | undefined): string {
  return clipped(textOf(value), maxShown);
}

function textOf(value: Data | undefined): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value ?? null));
}
