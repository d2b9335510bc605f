import type { Data, DataMap } from '../../../lib/json.ts';
import { getOwn, isMap } from '../../../lib/json.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import type { ConfigKey, KnownToolset } from '../catalog.ts';
import { configKeys, entryKeys } from '../catalog.ts';
import type { Limits } from '../limits.ts';
import { limitsOf } from '../limits.ts';
import { limitIssues, loginIssues, pairIssues } from './limits.ts';
import { missingKey } from './required.ts';
import { didYouMeanText, isOfType, releases, wrongType } from './value-types.ts';
import type { Path } from '../../../lib/json-pointer.ts';

type Keys = Readonly<Record<string, ConfigKey>>;

/** What is looked at: a toolset or a type, by the name of its limits, and for which release. */
export interface Subject {
  readonly limits: string;
  readonly known: KnownToolset;
  readonly holmes: string;
  readonly minor: number;
}

/** What a release refuses or passes over in the `config` of a toolset. */
export function configIssues(config: Data | undefined, subject: Subject): ConsumerIssue[] {
  const { known, holmes, minor } = subject;
  const { config: all, openConfig: isOpen = false } = known;
  const keys = configKeys(known, minor);
  if (Array.isArray(config) && keys?.instances) return [severalConfigs(holmes)];
  if (config !== undefined && config !== null && !isMap(config)) return [wrongType(['config'], config, 'map', holmes)];
  const map = config ?? {};
  if (keys) return mapIssues(map, { keys, all: all ?? {}, isOpen, subject, limits: subject.limits }, ['config']);
  if (isOpen || Object.keys(map).length === 0) return [];
  const message = `${holmes} takes no config for it`;
  return [{ path: ['config'], part: 'key', effect: 'ignored', message, hint: 'remove it' }];
}

function severalConfigs(holmes: string): ConsumerIssue {
  const message = `${holmes} fails it: invalid config: expected a map`;
  return {
    path: ['config'],
    part: 'value',
    effect: 'rejected',
    message,
    hint: 'several of them stand in config.instances',
  };
}

interface Expected {
  readonly subject: Subject;
  /** The name of the limits of these keys. */
  readonly limits: string;
  readonly keys: Keys;
  /** Those of every release. */
  readonly all: Keys;
  readonly isOpen: boolean;
  /** What stands beside the list of instances that it is one of, and counts for each of them. */
  readonly beside?: DataMap;
}

function mapIssues(map: DataMap, expected: Expected, path: Path): ConsumerIssue[] {
  const { keys, all, isOpen, beside, subject } = expected;
  const { holmes } = subject;
  const unknown = Object.keys(map).filter((key) => !Object.hasOwn(keys, key) && !isOpen);
  const missing = Object.keys(keys).filter(
    (key) => getOwn(keys, key)?.required && !isGiven({ ...beside, ...map }, key, keys),
  );
  return [
    ...unknown.map((key) => unknownKey(key, keys, keyOf(all, key), path, holmes)),
    ...Object.entries(keys).flatMap(([key, one]) =>
      one.replacedBy !== undefined && getOwn(map, one.replacedBy) !== undefined
        ? replacedKey(key, one.replacedBy, map, path, holmes)
        : valueIssues(getOwn(map, key), one, [...path, key], {
            ...expected,
            limits: key === 'instances' ? expected.limits : `${expected.limits}.${key}`,
            beside: key === 'instances' ? map : {},
          }),
    ),
    ...missing.map((key) => missingKey(path, [...path, key].join('.'), holmes)),
    ...shadowedUrl(map, keys, path, holmes),
    ...togetherIssues(map, expected, path),
  ];
}

/** Of an old name and its successor HolmesGPT takes the successor. */
function replacedKey(key: string, successor: string, map: DataMap, path: Path, holmes: string): ConsumerIssue[] {
  if (getOwn(map, key) === undefined) return [];
  const message = `${holmes} passes it over: ${successor} beside it is its new name`;
  return [{ path: [...path, key], part: 'key', effect: 'ignored', message, hint: 'remove it' }];
}

/** Keys that HolmesGPT takes from beside the instances all together, or not at all. */
const groups = [
  ['api_key', 'username', 'password', 'bearer_token'],
  ['client_cert', 'client_key'],
];

/** Pairs are looked at in each of the instances, where there are some. */
function togetherIssues(map: DataMap, { limits, subject, keys, beside = {} }: Expected, path: Path): ConsumerIssue[] {
  const { holmes, minor } = subject;
  if (path.at(-1) === 'auth') return loginIssues(map, path, holmes);
  if (keys.instances !== undefined && Array.isArray(map.instances)) return [];
  const replaced = groups.filter((group) => group.some((key) => Object.hasOwn(map, key))).flat();
  const shared = Object.entries(beside).filter(([key]) => !replaced.includes(key));
  return [
    ...pairIssues({ ...Object.fromEntries(shared), ...map }, limitsOf(limits, minor), path, holmes),
    ...(isOfClickHouse(map) ? [] : [notOfClickHouse(path, holmes)]),
  ];
}

function isOfClickHouse({ clickhouse_use_http_json: isAsked, connection_url: url }: DataMap): boolean {
  return !['true', true].includes(isAsked as string) || typeof url !== 'string' || /clickhouse|\{\{/i.test(url);
}

function notOfClickHouse(path: Path, holmes: string): ConsumerIssue {
  const key = 'clickhouse_use_http_json';
  const message = `${holmes} fails it: ${key} with a connection_url of another product`;
  return { path: [...path, key], part: 'key', effect: 'rejected', message, hint: 'remove it' };
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
      (other && releases(other)) ??
      didYouMeanText(key, Object.keys(known)) ??
      (path.length === 1 && Object.hasOwn(entryKeys, key) ? 'it stands beside config, not in it' : null) ??
      listed(Object.keys(known).filter((one) => getOwn(known, one)?.replacedBy === undefined)),
  };
}

/** No more keys than people read in one line. */
const maxListed = 8;

function listed(keys: readonly string[]): string {
  const more = keys.length - maxListed;
  return `it knows ${keys.slice(0, maxListed).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

function valueIssues(value: Data | undefined, key: ConfigKey, path: Path, expected: Expected): ConsumerIssue[] {
  const { subject, limits, beside = {} } = expected;
  const { holmes, minor } = subject;
  if (value === undefined || value === null) return [];
  if (!isOfType(value, key.type)) return [wrongType(path, value, key.type, holmes)];
  const { of, items } = key;
  const parts: (readonly [string | number, Data])[] = isMap(value)
    ? Object.entries(value)
    : Array.isArray(value)
      ? [...(value as readonly Data[]).entries()]
      : [];
  const wrong = of === undefined ? [] : parts.filter(([, one]) => !isOfType(one, of));
  if (of !== undefined && wrong.length > 0)
    return wrong.map(([step, one]) => wrongType([...path, step], one, of, holmes));
  if (key.required && Array.isArray(value) && value.length === 0) return [emptyList(path, holmes)];
  if (items === undefined)
    return limitIssues(value, { ...requestLimits(limits), ...limitsOf(limits, minor) }, path, holmes);
  const inner = { keys: items, all: items, isOpen: false, beside, subject, limits };
  if (isMap(value)) return mapIssues(value, inner, path);
  return parts.flatMap(([step, one]) =>
    isMap(one) ? mapIssues(one, inner, [...path, step]) : [wrongType([...path, step], one, 'map', holmes)],
  );
}

function emptyList(path: Path, holmes: string): ConsumerIssue {
  const message = `${holmes} fails it: ${path.join('.')} is empty`;
  return { path, part: 'value', effect: 'rejected', message, hint: 'add one, or remove the list' };
}

/** What HolmesGPT sends requests to, which its classes take for any text. */
const requested: Readonly<Record<string, Limits>> = {
  api_url: { format: 'url' },
  url: { format: 'url' },
  prometheus_url: { format: 'url' },
  management_url: { format: 'url' },
  opensearch_url: { format: 'url' },
  instance_url: { format: 'url' },
  health_check_url: { format: 'url' },
};

function requestLimits(subject: string): Limits {
  if (subject === 'type:mongodb.connection_url') return { format: 'mongodb' };
  const [, key = ''] = /\.([^.]+)$/.exec(subject) ?? [];
  // Datadog's is asked with it at the start, and no request takes such a time.
  if (subject.startsWith('datadog/') && key.includes('timeout')) return { above: 0 };
  return key === 'connection_url' ? { format: 'database' } : (getOwn(requested, key) ?? {});
}

/** Texts that people meant to replace, or to have replaced: HolmesGPT fills in `{{ env.X }}` alone. */
export function unresolvedPlaceholders(data: Data | undefined, path: Path, holmes: string): ConsumerIssue[] {
  if (typeof data === 'string') {
    const found = placeholderIn(data);
    return found
      ? [{ path, part: 'value', effect: 'ignored', message: `${holmes} ${found.message}`, hint: found.hint }]
      : [];
  }
  if (Array.isArray(data))
    return (data as readonly Data[]).flatMap((one, index) => unresolvedPlaceholders(one, [...path, index], holmes));
  if (!isMap(data)) return [];
  return Object.entries(data).flatMap(([key, one]) => unresolvedPlaceholders(one, [...path, key], holmes));
}

function placeholderIn(text: string): { readonly message: string; readonly hint: string } | null {
  const [reference, name = '', rest = ''] = /\$\{(\w+)([^}]*)\}/.exec(text) ?? [];
  if (reference !== undefined) {
    const without = rest === '' ? '' : ', which has no default: set the variable';
    return {
      message: `does not fill in ${reference}, and sends it as it is`,
      hint: `write {{ env.${name} }}${without}`,
    };
  }
  // Not `(?<name>…)` of a regular expression.
  const [, , blank] = /(^|[^?])(<[a-z][\w .:/-]*>)/i.exec(text) ?? [];
  if (blank === undefined) return null;
  return { message: `takes ${blank} as it is`, hint: 'write what is meant in its place' };
}

function keyOf(keys: Keys, key: string): ConfigKey | undefined {
  return getOwn(keys, key);
}
