import { sortedByKey } from './object-key.ts';

/** A JSON object of unknown shape. */
export type Json = Readonly<Record<string, unknown>>;

/** The object itself; an empty one for anything else. */
export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** Whether it is an object, but not an array. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of an array, with empty ones for other items; an empty array for anything else. */
export function asObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** The string itself; an empty one for anything else. */
export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The strings in an array. */
export function asStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** The parsed object; an empty one for other JSON, and for invalid JSON. */
export function parseJson(json: string): Json {
  try {
    return asObject(JSON.parse(json));
  } catch {
    return {};
  }
}

/** The parsed objects of an array, with empty ones for other items; an empty array for other JSON, and for invalid JSON. */
export function parseJsonList(json: string): Json[] {
  try {
    return asObjects(JSON.parse(json));
  } catch {
    return [];
  }
}

/** The value of an own key, not of an inherited one: any key may be named `constructor`. */
export function getOwn<T>(map: Readonly<Record<string, T>> | null | undefined, key: string): T | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Sets an own key: an assignment to `__proto__` would change the prototype. */
export function setOwn<T>(map: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Data that YAML and JSON can express. */
export type Data = string | number | boolean | null | readonly Data[] | DataMap;
export interface DataMap {
  readonly [key: string]: Data;
}

/** Whether a value is a map, not a list or `null`. */
export function isMap(value: Data | undefined): value is DataMap {
  return isObject(value);
}

/** Whether a value is a list; `Array.isArray` would make its items `any`. */
export function isList(value: Data | undefined): value is readonly Data[] {
  return Array.isArray(value);
}

/** The parts of a map by key, or of a list by index; nothing for other data. */
export function partsOf(data: Data): [key: string | number, part: Data][] {
  if (isMap(data)) return Object.entries(data);
  return isList(data) ? [...data.entries()] : [];
}

/** The data and everything in it. */
export function* valuesIn(data: Data): Generator<Data, void> {
  yield data;
  for (const [, part] of partsOf(data)) yield* valuesIn(part);
}

/** The data with the keys of all maps sorted. */
export function sortedDeep(data: Data): Data {
  if (isList(data)) return data.map(sortedDeep);
  if (!isMap(data)) return data;
  return sortedByKey(Object.fromEntries(Object.entries(data).map(([key, value]) => [key, sortedDeep(value)])));
}

/** Keys that lead to a part of the toolsets, or of a file. */
export type Path = readonly (string | number)[];
