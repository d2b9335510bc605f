import { sortedByKey } from './object-key.ts';

/** A JSON object of unknown shape. */
export type Json = Readonly<Record<string, unknown>>;

/** The object itself; an empty one for anything else. */
export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** Whether it is an object, and no array. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of an array, others as empty ones; no objects for anything else. */
export function asObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** The text itself; an empty one for anything else. */
export function asString(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The texts of an array. */
export function asStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** The object that it is; an empty one for anything else, and for what is no JSON. */
export function parseJson(json: string): Json {
  try {
    return asObject(JSON.parse(json));
  } catch {
    return {};
  }
}

/** The value of a key of the object itself, not what every object inherits: any key may be named `constructor`. */
export function getOwn<T>(map: Readonly<Record<string, T>> | null | undefined, key: string): T | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Sets a key of the object itself: an assignment to `__proto__` would change what the object inherits. */
export function setOwn<T>(map: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Plain data as YAML and JSON hold it. */
export type Data = string | number | boolean | null | readonly Data[] | DataMap;
export interface DataMap {
  readonly [key: string]: Data;
}

/** Whether a value is a map, and not a list or `null`. */
export function isMap(value: Data | undefined): value is DataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The data with the keys of every map in it sorted. */
export function sortedDeep(data: Data): Data {
  if (Array.isArray(data)) return (data as readonly Data[]).map(sortedDeep);
  if (!isMap(data)) return data;
  return sortedByKey(Object.fromEntries(Object.entries(data).map(([key, value]) => [key, sortedDeep(value)])));
}

/** Keys that lead to a part of the toolsets, or of a file. */
export type Path = readonly (string | number)[];
