import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import type { ConsumerIssue } from '../consumer.ts';
import type { ConfigKey, KnownToolset } from './catalog.ts';
import { configKeys } from './catalog.ts';
import { missingKey } from './validate-required.ts';
import { isOfType, keyHint, wrongType } from './value-types.ts';
import type { Path } from '../../lib/json-pointer.ts';

type Keys = Readonly<Record<string, ConfigKey>>;

/** What a release refuses or passes over in the `config` of a toolset. */
export function configIssues(
  config: Data | undefined,
  known: KnownToolset,
  holmes: string,
  minor: number,
): ConsumerIssue[] {
  if (config !== undefined && !isMap(config)) return [wrongType(['config'], config, 'map', holmes)];
  const { config: all, openConfig: isOpen = false } = known;
  const keys = configKeys(known, minor);
  if (keys) return mapIssues(config ?? {}, { keys, all: all ?? {}, isOpen }, ['config'], holmes);
  if (isOpen || Object.keys(config ?? {}).length === 0) return [];
  const message = `${holmes} takes no config for it`;
  return [{ path: ['config'], part: 'key', effect: 'ignored', message, hint: 'remove it' }];
}

interface Expected {
  readonly keys: Keys;
  /** Those of every release. */
  readonly all: Keys;
  readonly isOpen: boolean;
  /** What stands beside the list of instances that it is one of, and counts for each of them. */
  readonly beside?: DataMap;
}

function mapIssues(map: DataMap, { keys, all, isOpen, beside }: Expected, path: Path, holmes: string): ConsumerIssue[] {
  const unknown = Object.keys(map).filter((key) => !Object.hasOwn(keys, key) && !isOpen);
  const missing = Object.keys(keys).filter(
    (key) => getOwn(keys, key)?.required && !isGiven({ ...beside, ...map }, key, keys),
  );
  return [
    ...unknown.map((key) => unknownKey(key, keys, keyOf(all, key), path, holmes)),
    ...Object.entries(keys).flatMap(([key, expected]) =>
      valueIssues(getOwn(map, key), expected, [...path, key], holmes, key === 'instances' ? map : {}),
    ),
    ...missing.map((key) => missingKey(path, [...path, key].join('.'), holmes)),
    ...shadowedUrl(map, keys, path, holmes),
  ];
}

/** By the key itself, by its old name, or in each of the instances. */
function isGiven(map: DataMap, key: string, keys: Keys): boolean {
  if (getOwn(map, key) !== undefined) return true;
  if (Object.keys(map).some((other) => getOwn(keys, other)?.replacedBy === key)) return true;
  const { instances } = map;
  return Array.isArray(instances) && instances.length > 0 && keys.instances !== undefined;
}

/** HolmesGPT lets a list of instances win over what stands beside it. */
function shadowedUrl(map: DataMap, keys: Keys, path: Path, holmes: string): ConsumerIssue[] {
  if (!Array.isArray(map.instances) || keys.instances === undefined) return [];
  const instances = (map.instances as readonly Data[]).filter(isMap);
  return ['api_url', 'prometheus_url', 'url']
    .filter(
      (key) =>
        Object.hasOwn(map, key) && instances.length > 0 && instances.every((instance) => Object.hasOwn(instance, key)),
    )
    .map((key) => ({
      path: [...path, key],
      part: 'key',
      effect: 'ignored',
      message: `${holmes} passes it over: each of the instances beside it has its own`,
      hint: 'remove it, or set instances: null',
    }));
}

function unknownKey(key: string, known: Keys, other: ConfigKey | undefined, path: Path, holmes: string): ConsumerIssue {
  return {
    path: [...path, key],
    part: 'key',
    effect: 'ignored',
    message: `${holmes} ignores the key ${JSON.stringify(key)}, without a word`,
    hint:
      keyHint(other, key, Object.keys(known)) ??
      listed(Object.keys(known).filter((one) => getOwn(known, one)?.replacedBy === undefined)),
  };
}

/** No more keys than people read in one line. */
const maxListed = 8;

function listed(keys: readonly string[]): string {
  const more = keys.length - maxListed;
  return `it knows ${keys.slice(0, maxListed).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

function valueIssues(
  value: Data | undefined,
  expected: ConfigKey,
  path: Path,
  holmes: string,
  beside: DataMap = {},
): ConsumerIssue[] {
  if (value === undefined || value === null) return [];
  if (!isOfType(value, expected.type)) return [wrongType(path, value, expected.type, holmes)];
  const { of, items } = expected;
  const parts: (readonly [string | number, Data])[] = isMap(value)
    ? Object.entries(value)
    : Array.isArray(value)
      ? [...(value as readonly Data[]).entries()]
      : [];
  if (of !== undefined)
    return parts
      .filter(([, one]) => !isOfType(one, of))
      .map(([key, one]) => wrongType([...path, key], one, of, holmes));
  if (items === undefined) return [];
  const inner = { keys: items, all: items, isOpen: false, beside };
  if (isMap(value)) return mapIssues(value, inner, path, holmes);
  return parts.flatMap(([key, one]) =>
    isMap(one) ? mapIssues(one, inner, [...path, key], holmes) : [wrongType([...path, key], one, 'map', holmes)],
  );
}

/** HolmesGPT fills in `{{ env.X }}` alone. */
export function unresolvedPlaceholders(data: Data | undefined, path: Path, holmes: string): ConsumerIssue[] {
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
    return (data as readonly Data[]).flatMap((one, index) => unresolvedPlaceholders(one, [...path, index], holmes));
  if (!isMap(data)) return [];
  return Object.entries(data).flatMap(([key, one]) => unresolvedPlaceholders(one, [...path, key], holmes));
}

function keyOf(keys: Keys, key: string): ConfigKey | undefined {
  return getOwn(keys, key);
}
