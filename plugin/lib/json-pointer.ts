import { isDeepStrictEqual } from 'node:util';
import type { Data, DataMap } from './json.ts';
import { isMap } from './json.ts';

/** Keys that lead to a part of the toolsets, or of a file. */
export type Path = readonly (string | number)[];

/**
 * Paths to the smallest parts of maps that differ. A list is one part; with `items`, those of two lists of one length
 * are told apart.
 */
export function differences(
  before: Data | undefined,
  after: Data | undefined,
  lists: 'whole' | 'items' = 'whole',
): Path[] {
  if (isDeepStrictEqual(before, after)) return [];
  const below = (keys: Iterable<string | number>): Path[] =>
    [...keys].flatMap((key) =>
      differences(valueAt(before, [key]), valueAt(after, [key]), lists).map((path) => [key, ...path]),
    );
  if (isMap(before) && isMap(after)) return below(new Set([...Object.keys(before), ...Object.keys(after)].sort()));
  if (lists === 'items' && isList(before) && isList(after) && before.length === after.length) {
    return below(before.keys());
  }
  return [[]];
}

function isList(data: Data | undefined): data is readonly Data[] {
  return Array.isArray(data);
}

/** The part of the data at a path, through maps and lists. */
export function valueAt(data: Data | undefined, path: Path): Data | undefined {
  return path.reduce<Data | undefined>((value, key) => {
    if (isMap(value)) return getOwn(value, String(key));
    return Array.isArray(value) ? (value as readonly Data[])[Number(key)] : undefined;
  }, data);
}

/** Not what every object inherits: a toolset may be named `toString`. */
export function getOwn(map: DataMap, key: string): Data | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** JSON Pointer (RFC 6901). */
export function pointerTo(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The keys of a JSON Pointer. */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
