import type { Data, DataMap } from '../settings/data.ts';
import { isMap } from '../settings/data.ts';
import { suggest } from '../settings/suggest.ts';
import type { Complaint } from './consumer.ts';
import type { ConfigKey, EntryKey, KnownToolset } from './holmesgpt-catalogue.ts';
import {
  configKeys,
  entryKeys,
  knownToolset,
  knownType,
  mcpEntryKeys,
  toolsets,
  types,
} from './holmesgpt-catalogue.ts';
import { gap, gapsOf } from './holmesgpt-gaps.ts';
import { discoveredType } from './holmesgpt-shapes.ts';
import type { Path } from './paths.ts';
import { own } from './paths.ts';
import type { ToolsetFile } from './toolset.ts';

type Keys = Readonly<Record<string, ConfigKey>>;

/** What a release of HolmesGPT refuses, or passes over in silence, in one entry of its toolset file. */
export function complaintsOf(section: keyof ToolsetFile, name: string, entry: DataMap, minor: number): Complaint[] {
  const holmes = Number.isFinite(minor) ? `HolmesGPT 0.${String(minor)}` : 'HolmesGPT';
  const allowed = section === 'toolsets' ? entryKeys : mcpEntryKeys;
  const known = section === 'toolsets' ? toolsetOf(name, entry, minor) : knownType('mcp', minor);
  return [
    ...Object.entries(entry).flatMap(([key, value]) => entryKeyComplaint(key, value, allowed, holmes, minor)),
    ...(section === 'toolsets' ? nameComplaints(name, entry, known, holmes) : []),
    ...(known
      ? [...configComplaints(entry.config, known, holmes, minor), ...gapsOf(section, name, entry, holmes)]
      : []),
    ...unexpanded(entry.config, ['config'], holmes),
  ];
}

/** What a toolset is: of a type, which counts before the name, or built in. Toolsets of tools written out are neither. */
function toolsetOf(name: string, entry: DataMap, minor: number): KnownToolset | null {
  if (isOwnType(entry.type)) return knownType(entry.type, minor);
  // An override of what is discovered need not repeat its type.
  const type = discoveredType(name);
  return knownToolset(name, minor) ?? (typeof type === 'string' ? knownType(type, minor) : null);
}

function isOwnType(type: Data | undefined): type is string {
  return typeof type === 'string' && type !== 'built-in';
}

function entryKeyComplaint(
  key: string,
  value: Data,
  allowed: Readonly<Record<string, EntryKey>>,
  holmes: string,
  minor: number,
): Complaint[] {
  const known = Object.keys(allowed).filter((name) => isIn(allowed[name], minor));
  const expected = known.includes(key) ? allowed[key] : undefined;
  if (expected)
    return value === null || isOfType(value, expected.type) ? [] : [wrongType([key], names[expected.type], holmes)];
  return [
    {
      path: [key],
      part: 'key',
      effect: 'rejected',
      message: `${holmes} rejects a toolset with the key ${JSON.stringify(key)}`,
      hint:
        keyHint(Object.hasOwn(allowed, key) ? allowed[key] : undefined, key, known) ??
        'settings of the product stand in config',
    },
  ];
}

function keyHint(
  other: Pick<ConfigKey, 'since' | 'until'> | undefined,
  key: string,
  known: readonly string[],
): string | null {
  return other ? releases(other) : meant(key, known);
}

function isIn(known: EntryKey | undefined, minor: number): boolean {
  return known !== undefined && known.since <= minor && minor <= (known.until ?? Infinity);
}

function nameComplaints(name: string, entry: DataMap, known: KnownToolset | null, holmes: string): Complaint[] {
  const { type, description } = entry;
  if (known) return [];
  const reject = (path: Path, message: string, hint: string): Complaint[] => [
    { path, part: 'key', effect: 'rejected', message, hint },
  ];
  if (isOwnType(type)) {
    const other = Object.hasOwn(types, type) ? types[type] : undefined;
    const hint = meant(type, Object.keys(types)) ?? 'see its documentation for the types of toolsets';
    return reject(
      ['type'],
      `${holmes} has no toolsets of type ${JSON.stringify(type)}`,
      other ? releases(other) : hint,
    );
  }
  if (typeof description === 'string') return [];
  const other = Object.hasOwn(toolsets, name) ? toolsets[name] : undefined;
  const hint = other ? releases(other) : meant(name, Object.keys(toolsets));
  return reject(
    [],
    `${holmes} has no toolset ${JSON.stringify(name)}`,
    hint ?? 'for one of your own add description, and tools or a type',
  );
}

function releases({ since, until }: Pick<ConfigKey, 'since' | 'until'>): string {
  return until === undefined
    ? `it is there from 0.${String(since)} on`
    : `it was there from 0.${String(since)} to 0.${String(until)}`;
}

function configComplaints(config: Data | undefined, known: KnownToolset, holmes: string, minor: number): Complaint[] {
  const keys = configKeys(known, minor);
  if (config === undefined || isMap(config)) {
    if (keys === null && isMap(config) && Object.keys(config).length > 0) {
      const message = `${holmes} takes no config for it`;
      return [{ path: ['config'], part: 'key', effect: 'ignored', message, hint: 'remove it' }];
    }
    return keys
      ? mapComplaints(
          config ?? {},
          { keys, all: known.config ?? {}, isOpen: known.openConfig === true },
          ['config'],
          holmes,
        )
      : [];
  }
  return [wrongType(['config'], 'a map', holmes)];
}

interface Expected {
  readonly keys: Keys;
  /** Those of every release. */
  readonly all: Keys;
  readonly isOpen: boolean;
  /** What stands beside the list of instances that it is one of, and counts for each of them. */
  readonly beside?: DataMap;
}

function mapComplaints(map: DataMap, { keys, all, isOpen, beside }: Expected, path: Path, holmes: string): Complaint[] {
  const unknown = Object.keys(map).filter((key) => !Object.hasOwn(keys, key) && !isOpen);
  const missing = Object.keys(keys).filter((key) => keys[key]?.required && !isGiven({ ...beside, ...map }, key, keys));
  return [
    ...unknown.map((key) => unknownKey(key, keys, keyOf(all, key), path, holmes)),
    ...Object.entries(keys).flatMap(([key, expected]) =>
      valueComplaints(own(map, key), expected, [...path, key], holmes, key === 'instances' ? map : {}),
    ),
    ...missing.map((key) => gap(path, [...path, key].join('.'), holmes)),
    ...shadowedUrl(map, keys, path, holmes),
  ];
}

/** By the key itself, by its old name, or in each of the instances. */
function isGiven(map: DataMap, key: string, keys: Keys): boolean {
  if (own(map, key) !== undefined) return true;
  if (Object.keys(map).some((other) => keys[other]?.replacedBy === key)) return true;
  const { instances } = map;
  return Array.isArray(instances) && instances.length > 0 && keys.instances !== undefined;
}

/** HolmesGPT lets a list of instances win over what stands beside it. */
function shadowedUrl(map: DataMap, keys: Keys, path: Path, holmes: string): Complaint[] {
  if (!Array.isArray(map.instances) || keys.instances === undefined) return [];
  const instances = (map.instances as readonly Data[]).filter(isMap);
  return ['api_url', 'prometheus_url', 'url']
    .filter((key) => key in map && instances.length > 0 && instances.every((instance) => key in instance))
    .map((key) => ({
      path: [...path, key],
      part: 'key',
      effect: 'ignored',
      message: `${holmes} passes it over: each of the instances beside it has its own`,
      hint: 'remove it, or set instances: null',
    }));
}

function unknownKey(key: string, known: Keys, other: ConfigKey | undefined, path: Path, holmes: string): Complaint {
  return {
    path: [...path, key],
    part: 'key',
    effect: 'ignored',
    message: `${holmes} ignores the key ${JSON.stringify(key)}, without a word`,
    hint:
      keyHint(other, key, Object.keys(known)) ??
      listed(Object.keys(known).filter((one) => known[one]?.replacedBy === undefined)),
  };
}

/** No more keys than people read in one line. */
const maxListed = 8;

function listed(keys: readonly string[]): string {
  const more = keys.length - maxListed;
  return `it knows ${keys.slice(0, maxListed).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

function valueComplaints(
  value: Data | undefined,
  expected: ConfigKey,
  path: Path,
  holmes: string,
  beside: DataMap = {},
): Complaint[] {
  if (value === undefined || value === null) return [];
  if (!isOfType(value, expected.type)) return [wrongType(path, names[expected.type], holmes)];
  const { of, items } = expected;
  const parts: (readonly [string | number, Data])[] = isMap(value)
    ? Object.entries(value)
    : Array.isArray(value)
      ? [...(value as readonly Data[]).entries()]
      : [];
  if (of !== undefined)
    return parts.filter(([, one]) => !isOfType(one, of)).map(([key]) => wrongType([...path, key], names[of], holmes));
  if (items === undefined) return [];
  const inner = { keys: items, all: items, isOpen: false, beside };
  if (isMap(value)) return mapComplaints(value, inner, path, holmes);
  return parts.flatMap(([key, one]) =>
    isMap(one) ? mapComplaints(one, inner, [...path, key], holmes) : [wrongType([...path, key], 'a map', holmes)],
  );
}

const names = {
  string: 'a text: put it in quotes',
  number: 'a number',
  boolean: 'true or false',
  map: 'a map',
  list: 'a list',
  any: 'anything',
} as const;

/** HolmesGPT reads a text that looks like a number or a boolean as one, and takes nothing but a text for a text. */
function isOfType(value: Data, type: ConfigKey['type']): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'map':
      return isMap(value);
    case 'list':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'number':
      return (
        typeof value === 'number' ||
        (typeof value === 'string' && (value.includes('{{') || /^[-+]?[\d.]+$/.test(value)))
      );
    case 'boolean':
      return (
        typeof value === 'boolean' ||
        value === 0 ||
        value === 1 ||
        (typeof value === 'string' && (value.includes('{{') || /^(true|false|on|off|yes|no|[01tfyn])$/i.test(value)))
      );
  }
}

function wrongType(path: Path, type: string, holmes: string): Complaint {
  return {
    path,
    part: 'value',
    effect: 'rejected',
    message: `${holmes} fails it: ${path.join('.')} is not of the type that it takes`,
    hint: `it must be ${type}`,
  };
}

/** HolmesGPT fills in `{{ env.X }}` alone. */
function unexpanded(data: Data | undefined, path: Path, holmes: string): Complaint[] {
  if (typeof data === 'string') {
    const [reference] = /\$\{\w+\}/.exec(data) ?? [];
    if (reference === undefined) return [];
    return [
      {
        path,
        part: 'value',
        effect: 'ignored',
        message: `${holmes} does not fill in ${reference}, and sends it as it is`,
        hint: `write {{ env.${reference.slice(2, -1)} }}`,
      },
    ];
  }
  if (Array.isArray(data))
    return (data as readonly Data[]).flatMap((one, index) => unexpanded(one, [...path, index], holmes));
  if (!isMap(data)) return [];
  return Object.entries(data).flatMap(([key, one]) => unexpanded(one, [...path, key], holmes));
}

function keyOf(keys: Keys, key: string): ConfigKey | undefined {
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** By a slip of the fingers, or by its last word alone: `url` for `prometheus_url`. */
function meant(word: string, known: readonly string[]): string | null {
  const [longer] = known.filter((one) => one.endsWith(`_${word}`)).sort((a, b) => a.length - b.length);
  const found = suggest(word, known) ?? longer;
  return found === undefined ? null : `did you mean ${JSON.stringify(found)}?`;
}
