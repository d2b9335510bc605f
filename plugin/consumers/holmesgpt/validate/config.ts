import type { Data, DataMap, Path } from '../../../lib/json.ts';
import { getOwn, isList, isMap, partsOf } from '../../../lib/json.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import type { ConfigKey } from '../catalog.ts';
import { configKeys, entryKeys } from '../catalog.ts';
import { limitsOf } from '../limits.ts';
import { codeIssues, codeLimits, instanceIssues, isEmpty, isUnread } from './code-checks.ts';
import { limitIssues, pairIssues } from './limits.ts';
import { missingKey } from './required.ts';
import type { Subject } from './subject.ts';
import { didYouMeanKey, isOfType, releases, wrongType } from './value-types.ts';
import { shortened } from '../../../lib/messages/text.ts';

type Keys = Readonly<Record<string, ConfigKey>>;

/** What a release rejects or ignores in the `config` of a toolset. */
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
    hint: 'put several of them in config.instances',
  };
}

interface Expected {
  readonly subject: Subject;
  /** Key of the limits of these keys. */
  readonly limits: string;
  readonly keys: Keys;
  /** Keys of all releases. */
  readonly all: Keys;
  readonly isOpen: boolean;
  /** Keys beside the list of instances, which apply to each of them. */
  readonly shared?: DataMap;
}

function mapIssues(written: DataMap, expected: Expected, path: Path): ConsumerIssue[] {
  const { keys, all, isOpen, shared = {}, limits, subject } = expected;
  const { holmes, minor } = subject;
  const map = withoutNoInstances(written, keys);
  const whole = { ...sharedWith(map, shared), ...map };
  const unknown = Object.keys(map).filter((key) => !Object.hasOwn(keys, key) && !isOpen);
  const missing = Object.keys(keys).filter((key) => getOwn(keys, key)?.required && !isGiven(whole, key, keys));
  const instances = instancesIn(map, keys);
  return [
    ...unknown.map((key) => unknownKey(key, keys, all, path, holmes)),
    ...Object.entries(keys).flatMap(([key, one]) => {
      const value = getOwn(map, key);
      if (value === undefined || value === null || isUnread({ subject: limits, map: whole, minor }, key)) return [];
      // `null` in an override removes it.
      const isReplaced = one.replacedBy !== undefined && (getOwn(whole, one.replacedBy) ?? null) !== null;
      if (isReplaced) return [replacedKey([...path, key], one.replacedBy ?? '', holmes)];
      return valueIssues(value, one, [...path, key], {
        ...expected,
        limits: key === 'instances' ? limits : `${limits}.${key}`,
        shared: key === 'instances' ? map : {},
      });
    }),
    ...missing.map((key) => missingKey(path, [...path, key].join('.'), holmes)),
    // With instances, combinations of keys are checked in each instance.
    ...(instances === null
      ? [
          ...pairIssues(whole, limitsOf(limits, minor), path, holmes),
          ...codeIssues({ map: whole, path, subject: limits, subtype: subject.subtype, minor, holmes }),
        ]
      : [...shadowedUrl(map, instances, path, holmes), ...instanceIssues(instances, [...path, 'instances'], holmes)]),
  ];
}

/** HolmesGPT treats an empty list of instances, or any other empty value, as no list. */
function withoutNoInstances(map: DataMap, keys: Keys): DataMap {
  const { instances, ...others } = map;
  return keys.instances !== undefined && instances !== undefined && isEmpty(instances) ? others : map;
}

function instancesIn({ instances }: DataMap, keys: Keys): readonly Data[] | null {
  return keys.instances !== undefined && isList(instances) ? instances : null;
}

/** Groups of keys that an instance takes from beside the list all together, or not at all. */
const groups = [
  ['api_key', 'username', 'password', 'bearer_token'],
  ['client_cert', 'client_key'],
];

/** The keys that an instance inherits from beside the list. */
function sharedWith(map: DataMap, { instances: _, ...shared }: DataMap): DataMap {
  const replaced = groups.filter((group) => group.some((key) => Object.hasOwn(map, key))).flat();
  return Object.fromEntries(Object.entries(shared).filter(([key]) => !replaced.includes(key)));
}

/** HolmesGPT prefers a key's new name to its old one. */
function replacedKey(path: Path, successor: string, holmes: string): ConsumerIssue {
  const message = `${holmes} ignores it: ${successor} beside it is its new name`;
  return { path, part: 'key', effect: 'ignored', message, hint: 'remove it' };
}

/** Set by the key itself, by its old name, or in each of the instances. */
function isGiven(map: DataMap, key: string, keys: Keys): boolean {
  if (getOwn(map, key) !== undefined) return true;
  if (Object.keys(map).some((other) => getOwn(keys, other)?.replacedBy === key)) return true;
  return instancesIn(map, keys) !== null;
}

/** HolmesGPT prefers a list of instances to a URL beside it. */
function shadowedUrl(map: DataMap, instances: readonly Data[], path: Path, holmes: string): ConsumerIssue[] {
  const maps = instances.filter(isMap);
  return ['api_url', 'prometheus_url', 'url']
    .filter((key) => Object.hasOwn(map, key) && maps.length > 0 && maps.every((one) => Object.hasOwn(one, key)))
    .map((key) => ({
      path: [...path, key],
      part: 'key',
      effect: 'ignored',
      message: `${holmes} ignores it: each of the instances beside it has its own`,
      hint: 'remove it, or set instances: null',
    }));
}

function unknownKey(key: string, known: Keys, all: Keys, path: Path, holmes: string): ConsumerIssue {
  const other = getOwn(all, key);
  const own = Object.keys(known).find((one) => getOwn(all, one)?.replacedBy === key || other?.replacedBy === one);
  return {
    path: [...path, key],
    part: 'key',
    effect: 'ignored',
    message: `${holmes} silently ignores the key ${JSON.stringify(key)}`,
    hint:
      (own === undefined ? null : `write ${own}, its name in this release`) ??
      (other && releases(other)) ??
      didYouMeanKey(key, Object.keys(known)) ??
      (path.length === 1 && Object.hasOwn(entryKeys, key) ? 'it goes beside config, not in it' : null) ??
      listed(Object.keys(known).filter((one) => getOwn(known, one)?.replacedBy === undefined)),
  };
}

/** Maximum number of keys to list: people read no more in one line. */
const maxListed = 8;

function listed(keys: readonly string[]): string {
  return `it knows ${shortened(keys, maxListed).join(', ')}`;
}

function valueIssues(value: Data, key: ConfigKey, path: Path, expected: Expected): ConsumerIssue[] {
  const { subject, limits, keys, shared = {} } = expected;
  const { holmes, minor } = subject;
  const successor = key.replacedBy === undefined ? undefined : getOwn(keys, key.replacedBy);
  if (key.type === 'list' && successor && successor.type !== 'list')
    return lastIssues(value, key.replacedBy ?? '', path, expected);
  if (!isOfType(value, key.type)) return [wrongType(path, value, key.type, holmes)];
  const { of, items } = key;
  const parts = partsOf(value);
  const wrong = of === undefined ? [] : parts.filter(([, one]) => !isOfType(one, of));
  if (of !== undefined && wrong.length > 0)
    return wrong.map(([step, one]) => wrongType([...path, step], one, of, holmes));
  const own = { ...codeLimits(limits, minor), ...limitsOf(limits, minor) };
  const needsItem = key.required === true || own.filled === true;
  if (needsItem && Array.isArray(value) && value.length === 0) return [emptyList(path, holmes)];
  if (items === undefined) return limitIssues(value, own, path, holmes);
  const inner = { keys: items, all: items, isOpen: false, shared, subject, limits };
  if (isMap(value)) return mapIssues(value, inner, path);
  return parts.flatMap(([step, one]) =>
    isMap(one) ? mapIssues(one, inner, [...path, step]) : [wrongType([...path, step], one, 'map', holmes)],
  );
}

/** For an old key with a list, now a single value, HolmesGPT takes the last item; other forms have no effect. */
function lastIssues(value: Data, successor: string, path: Path, expected: Expected): ConsumerIssue[] {
  const [last] = partsOf(value).slice(-1);
  const taken = typeof value === 'string' ? { at: path, value } : last && { at: [...path, last[0]], value: last[1] };
  const key = getOwn(expected.keys, successor);
  if (taken === undefined || isMap(value) || key === undefined) return [];
  const limits = `${expected.limits.slice(0, expected.limits.lastIndexOf('.') + 1)}${successor}`;
  return valueIssues(taken.value, key, taken.at, { ...expected, limits });
}

function emptyList(path: Path, holmes: string): ConsumerIssue {
  const message = `${holmes} fails it: ${path.join('.')} is empty`;
  return { path, part: 'value', effect: 'rejected', message, hint: 'add one, or remove the list' };
}
