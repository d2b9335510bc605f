import { isCredential } from '../../secrets/key-names.ts';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isList, isMap, valuesIn } from '../../lib/json.ts';
import { merge } from '../../lib/data/merge-patch.ts';
import { valueAt } from '../../lib/data/json-pointer.ts';

/** An entry, or a part of one, without credentials that must not reach untrusted backends. */
export interface Redaction {
  readonly value: DataMap;
  /** Paths to the removed parts. */
  readonly taken: readonly Path[];
}

/** Keys that the model reads, but no backend receives. */
const prose: readonly string[] = [
  'additional_instructions',
  'description',
  'installation_instructions',
  'llm_instructions',
];

/** Removes every credential from the scopes in which a string names an untrusted backend. */
export function redact(entry: DataMap, isUntrusted: (text: string) => boolean): Redaction {
  return withholdIn(entry, (data) => textsIn(data).some(isUntrusted), []);
}

/**
 * A map is one scope, including the maps in it. What is beside a list of maps applies to all of its items. An item is
 * one backend with its own settings: if only this backend is untrusted, only the item loses its credentials.
 */
function withholdIn(map: DataMap, names: (data: Data) => boolean, path: Path, isInside = false): Redaction {
  if (!isInside && !names(map)) return { value: map, taken: [] };
  const { given, rest } = split(map, path.length === 0 ? prose : []);
  const isAllUntrusted = isInside || names(mapLists(rest, () => []));
  const taken = leavesOf(given).map((leaf): Path => [...path, ...leaf]);
  const value = mapLists(rest, (items, list) =>
    items.map((item, index) => {
      if (!isAllUntrusted && !names(item)) return list.at(-1) === 'instances' ? share(given, rest, list, item) : item;
      const inner = withholdIn(item, names, [...path, ...list, index], true);
      taken.push(...inner.taken);
      return inner.value;
    }),
  );
  return { value, taken };
}

/** Every string in the data. */
export function textsIn(data: Data): string[] {
  return [...valuesIn(data)].filter((one) => typeof one === 'string');
}

function isListOfMaps(value: Data): value is readonly DataMap[] {
  return isList(value) && value.every(isMap) && value.length > 0;
}

/** The map with `change` applied to each of its lists of maps, at any depth of maps. */
function mapLists(map: DataMap, change: (items: readonly DataMap[], path: Path) => Data, path: Path = []): DataMap {
  const entries = Object.entries(map).map(([key, value]): [string, Data] => {
    if (isListOfMaps(value)) return [key, change(value, [...path, key])];
    return [key, isMap(value) ? mapLists(value, change, [...path, key]) : value];
  });
  return Object.fromEntries(entries);
}

/** The credentials in a map, at any depth of maps, and the rest without them. */
function split(map: DataMap, passed: readonly string[] = []): { readonly given: DataMap; readonly rest: DataMap } {
  const given = new Map<string, Data>();
  const rest = new Map<string, Data>();
  for (const [key, value] of Object.entries(map)) {
    const isNamed = isCredential(key, 'x');
    if (passed.includes(key) || (!isNamed && isListOfMaps(value))) rest.set(key, value);
    else if (isNamed && (isMap(value) || isList(value))) given.set(key, value);
    else if (isMap(value)) {
      const inner = split(value);
      if (Object.keys(inner.given).length > 0) given.set(key, inner.given);
      if (Object.keys(inner.rest).length > 0 || Object.keys(value).length === 0) rest.set(key, inner.rest);
    } else (isCredential(key, value) ? given : rest).set(key, value);
  }
  return { given: Object.fromEntries(given), rest: Object.fromEntries(rest) };
}

/** An instance inherits what is beside the list unless it has its own; its own map replaces the whole inherited one. */
function share(given: DataMap, rest: DataMap, list: Path, instance: DataMap): DataMap {
  const beside = valueAt(given, list.slice(0, -1));
  const kept = valueAt(rest, list.slice(0, -1)) as DataMap;
  const shared = Object.entries(isMap(beside) ? beside : {}).map(([key, value]): [string, Data] => [
    key,
    isMap(value) ? merge(getOwn(kept, key), value) : value,
  ]);
  return { ...Object.fromEntries(shared), ...instance };
}

function leavesOf(data: Data, path: Path = []): Path[] {
  if (!isMap(data) || Object.keys(data).length === 0) return path.length === 0 ? [] : [path];
  return Object.entries(data).flatMap(([key, value]) => leavesOf(value, [...path, key]));
}
