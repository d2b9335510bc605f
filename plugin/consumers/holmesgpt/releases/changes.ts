import { getOwn } from '../../../lib/json.ts';
import type { ConfigKey, KnownToolset } from '../catalog.ts';
import {
  configKeys,
  enabledByDefault,
  entryKeys,
  isIn,
  knownToolset,
  knownType,
  otherName,
  toolsetNames,
  toolsets,
  types,
} from '../catalog.ts';
import type { Limits } from '../limits.ts';
import { limitsOf } from '../limits.ts';

/** A difference between two releases of HolmesGPT in what the toolset file accepts. */
export interface ReleaseChange {
  /** A toolset, or a type as `type: http`; empty for all entries. */
  readonly subject: string;
  /**
   * - `new`, `gone`: the toolset or the key
   * - `renamed`: to `to`; the former name still counts, unless it is `lost`
   * - `required`, `optional`: the key
   * - `values`: other values are accepted, described by `to`
   * - `on`, `off`: whether HolmesGPT enables it by itself
   */
  readonly kind: 'new' | 'gone' | 'renamed' | 'required' | 'optional' | 'values' | 'on' | 'off';
  /** Keys from `config`, joined by dots; `null` where the toolset itself differs. */
  readonly key: string | null;
  readonly to?: string;
  readonly lost?: true;
}

type Keys = Readonly<Record<string, ConfigKey>>;

/** Two minor releases of 0.x; the second may be the older one. */
export interface Releases {
  readonly from: number;
  readonly to: number;
}

/** Differences in the second of two releases, according to catalog.json and limits.json. */
export function releaseChanges(releases: Releases): ReleaseChange[] {
  return [
    ...toolsetChanges(releases),
    ...entryKeyChanges(releases),
    ...Object.keys(types).flatMap((type) => typeChanges(type, releases)),
    ...builtInNames.flatMap((name) => configChanges(name, releases)),
    ...defaultChanges(releases),
  ];
}

const builtInNames = Object.keys(toolsets);

function toolsetChanges({ from, to }: Releases): ReleaseChange[] {
  const [before, after] = [new Set(toolsetNames(from)), new Set(toolsetNames(to))];
  return builtInNames.flatMap((name): ReleaseChange[] => {
    if (before.has(name) === after.has(name)) return [];
    if (before.has(name)) {
      const now = otherName(name, to);
      return [{ subject: name, key: null, ...(now === null ? { kind: 'gone' } : { kind: 'renamed', to: now }) }];
    }
    return otherName(name, from) === null ? [{ subject: name, kind: 'new', key: null }] : [];
  });
}

function entryKeyChanges({ from, to }: Releases): ReleaseChange[] {
  return Object.entries(entryKeys).flatMap(([key, known]): ReleaseChange[] => {
    const [was, is] = [isIn(known, from), isIn(known, to)];
    if (was !== is) return [{ subject: '', kind: is ? 'new' : 'gone', key }];
    return is ? valueChanges('', key, `entry.${key}`, { from, to }) : [];
  });
}

function typeChanges(type: string, releases: Releases): ReleaseChange[] {
  const [was, is] = [knownType(type, releases.from), knownType(type, releases.to)];
  const subject = `type: ${type}`;
  if (!was || !is) return was === is ? [] : [{ subject, kind: is ? 'new' : 'gone', key: null }];
  return partChanges(subject, `type:${type}`, [was, is], releases);
}

/** Differences of a toolset that both releases have, under its name in the second. */
function configChanges(name: string, releases: Releases): ReleaseChange[] {
  const { from, to } = releases;
  const known = getOwn(toolsets, name);
  const former = isIn(known, from) ? name : (otherName(name, from) ?? name);
  const [was, is] = [knownToolset(former, from), knownToolset(name, to)];
  return was && is && isIn(known, to) ? partChanges(name, name, [was, is], releases) : [];
}

function partChanges(
  subject: string,
  limits: string,
  [was, is]: readonly [KnownToolset, KnownToolset],
  releases: Releases,
): ReleaseChange[] {
  const keys = [configKeys(was, releases.from) ?? {}, configKeys(is, releases.to) ?? {}] as const;
  const all = { ...was.config, ...is.config };
  return [
    ...keyChanges(keys, all, { subject, path: '', limits, releases }),
    ...valueChanges(subject, null, limits, releases),
  ];
}

/** Location of keys. */
interface Place {
  readonly subject: string;
  /** Keys that lead to it, each followed by a dot. */
  readonly path: string;
  readonly limits: string;
  readonly releases: Releases;
}

function keyChanges(
  [was, is]: readonly [Keys, Keys],
  all: Keys,
  { subject, path, limits, releases }: Place,
): ReleaseChange[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return names.flatMap((name): ReleaseChange[] => {
    const [before, after] = [getOwn(was, name), getOwn(is, name)];
    const key = `${path}${name}`;
    const now = renamedKey(name, [was, is], all);
    const lost = after === undefined ? ({ lost: true } as const) : {};
    const renamed: ReleaseChange[] =
      now === null ? [] : [{ subject, kind: 'renamed', key, to: `${path}${now}`, ...lost }];
    if (before === undefined) return isFormer(name, [was, is], all) ? [] : added(subject, key, after);
    if (after === undefined) return now === null ? [{ subject, kind: 'gone', key }] : renamed;
    const isOld = after.replacedBy !== undefined;
    const place = { subject, path: `${path}${now ?? name}.`, limits: `${limits}.${name}`, releases };
    // Keys of instances repeat those beside them; keys under an old name repeat those under the new one.
    const isRepeated = name === 'instances' || (isOld && now === null);
    const inner = isRepeated ? [] : itemChanges(before, after, getOwn(all, name), place);
    const values = isOld ? [] : valueChanges(subject, key, `${limits}.${name}`, releases);
    return [...renamed, ...(isOld ? [] : demandChanges(subject, key, before, after)), ...values, ...inner];
  });
}

function added(subject: string, key: string, after: ConfigKey | undefined): ReleaseChange[] {
  // Another release's name for a key, which counts here too.
  if (after?.replacedBy !== undefined) return [];
  const required: ReleaseChange[] = after?.required ? [{ subject, kind: 'required', key }] : [];
  return [{ subject, kind: 'new', key }, ...required];
}

function demandChanges(subject: string, key: string, before: ConfigKey, after: ConfigKey): ReleaseChange[] {
  const [was, is] = [before.required === true, after.required === true];
  return was === is || before.replacedBy !== undefined ? [] : [{ subject, kind: is ? 'required' : 'optional', key }];
}

function itemChanges(before: ConfigKey, after: ConfigKey, every: ConfigKey | undefined, place: Place): ReleaseChange[] {
  return keyChanges([before.items ?? {}, after.items ?? {}], every?.items ?? {}, place);
}

/** The second release's name of a key of the first; `null` where its name stays, or it is gone. */
export function renamedKey(name: string, [was, is]: readonly [Keys, Keys], all: Keys): string | null {
  const later = getOwn(all, name)?.replacedBy;
  if (later !== undefined && !Object.hasOwn(was, later) && Object.hasOwn(is, later)) return later;
  if (Object.hasOwn(is, name)) return null;
  return Object.keys(is).find((one) => getOwn(all, one)?.replacedBy === name) ?? null;
}

/** Whether a key of the second release has another name in the first. */
function isFormer(name: string, [was, is]: readonly [Keys, Keys], all: Keys): boolean {
  return Object.keys(was).some((one) => renamedKey(one, [was, is], all) === name);
}

function valueChanges(subject: string, key: string | null, limits: string, { from, to }: Releases): ReleaseChange[] {
  const [was, is] = [limitWords(limitsOf(limits, from)), limitWords(limitsOf(limits, to))];
  return was === is ? [] : [{ subject, kind: 'values', key, to: is === '' ? 'any' : is }];
}

function limitWords(limits: Limits): string {
  const { enum: known, format, filled, cliOnly, subtypes, requires, refuses = [] } = limits;
  return [
    ...(known ? [known.join(', ')] : []),
    ...rangeWords(limits),
    ...(format === undefined ? [] : [formats[format]]),
    ...(filled ? ['no empty text'] : []),
    ...(cliOnly ? ['left out on a server'] : []),
    ...(subtypes ? [`subtype ${subtypes.join(', ')}`] : []),
    ...(requires ? [`each with ${requires.join(' and ')}`] : []),
    ...pairWords(limits),
    ...(refuses.length > 0 ? [`no ${refuses.join(', ')} in the entry`] : []),
  ].join('; ');
}

const formats: Readonly<Record<NonNullable<Limits['format']>, string>> = {
  url: 'a URL',
  host: 'names of hosts, with a scheme or port',
  database: 'a URL of a database',
  mongodb: 'a URL of MongoDB',
  digits: 'a number, in quotes',
  'kafka-protocol': 'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL',
};

function rangeWords({ integer, min, max, above }: Limits): string[] {
  const words = [
    ...(integer ? ['a whole number'] : []),
    ...(min === undefined ? [] : [`from ${String(min)}`]),
    ...(above === undefined ? [] : [`above ${String(above)}`]),
    ...(max === undefined ? [] : [`up to ${String(max)}`]),
  ];
  return words.length > 0 ? [words.join(' ')] : [];
}

function pairWords({ needs = {}, excludes = [] }: Limits): string[] {
  const pairs = Object.entries(needs).map(([one, other]) =>
    getOwn(needs, other) === one ? `${[one, other].sort().join(' and ')} only together` : `${one} only with ${other}`,
  );
  return [...new Set(pairs), ...excludes.map((pair) => `not ${pair.toSorted().join(' with ')}`)].sort();
}

function defaultChanges({ from, to }: Releases): ReleaseChange[] {
  const after = enabledByDefault(to);
  const before = enabledByDefault(from).map((name) =>
    isIn(getOwn(toolsets, name), to) ? name : (otherName(name, to) ?? name),
  );
  const on = after.filter((name) => !before.includes(name));
  // For toolsets that are gone, this is the only difference.
  const off = before.filter((name) => !after.includes(name) && knownToolset(name, to) !== null);
  return [
    ...on.map((subject): ReleaseChange => ({ subject, kind: 'on', key: null })),
    ...off.map((subject): ReleaseChange => ({ subject, kind: 'off', key: null })),
  ];
}
