import { isDeepStrictEqual } from 'node:util';
import type { Data, Path } from '../json.ts';
import { getOwn, isList, isMap } from '../json.ts';

/**
 * Paths to the smallest differing parts of maps. A list is one part; with `items`, lists of equal
 * length are compared item by item.
 */
export function differences(
  before: Data | undefined,
  after: Data | undefined,
  lists: 'whole' | 'items' = 'whole',
): Path[] {
  const found: Path[] = [];
  collectDifferences(before, after, lists, [], found);
  return found;
}

/** Compares each part once: comparing the whole at each level would take as many times longer as there are levels. */
function collectDifferences(
  before: Data | undefined,
  after: Data | undefined,
  lists: 'whole' | 'items',
  path: (string | number)[],
  found: Path[],
): void {
  if (Object.is(before, after)) return;
  const keys = commonKeys(before, after, lists);
  if (keys === null) {
    if (!isDeepStrictEqual(before, after)) found.push([...path]);
    return;
  }
  for (const key of keys) {
    path.push(key);
    collectDifferences(childOf(before, key), childOf(after, key), lists, path, found);
    path.pop();
  }
}

/** Keys for comparing the two part by part; `null` where they are a single part. */
function commonKeys(
  before: Data | undefined,
  after: Data | undefined,
  lists: 'whole' | 'items',
): Iterable<string | number> | null {
  if (isMap(before) && isMap(after)) return new Set([...Object.keys(before), ...Object.keys(after)].sort());
  return lists === 'items' && isList(before) && isList(after) && before.length === after.length ? before.keys() : null;
}

/** The value at a path through maps and lists. */
export function valueAt(data: Data | undefined, path: Path): Data | undefined {
  return path.reduce(childOf, data);
}

function childOf(data: Data | undefined, key: string | number): Data | undefined {
  if (isMap(data)) return getOwn(data, String(key));
  return isList(data) ? data[Number(key)] : undefined;
}

/** The path as a JSON Pointer (RFC 6901). */
export function pointerTo(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The keys in a JSON Pointer. */
export function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
