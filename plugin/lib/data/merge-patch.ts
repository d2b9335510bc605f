import { isDeepStrictEqual } from 'node:util';
import type { Data } from '../json.ts';
import { isMap } from '../json.ts';

/** Called for every effect of a merge; paths are keys from the merged value. */
export interface MergeListener {
  /** The value was added or replaced another one. For an empty map, calls for its keys follow. */
  readonly wrote: (path: readonly string[], value: Data) => void;
  /** The patch repeats the present value. */
  readonly repeated: (path: readonly string[]) => void;
  /** The patch has `null`; `found` tells whether there was anything to remove. */
  readonly removed: (path: readonly string[], found: boolean) => void;
}

const noopListener: MergeListener = { wrote: noop, repeated: noop, removed: noop };

function noop(): void {
  // No listener.
}

/** JSON Merge Patch (RFC 7396): maps merge, `null` removes, everything else replaces. Neither argument is changed. */
export function merge(
  target: Data | undefined,
  patch: Data,
  observer = noopListener,
  path: readonly string[] = [],
): Data {
  if (!isMap(patch)) {
    if (isDeepStrictEqual(target, patch)) observer.repeated(path);
    else observer.wrote(path, patch);
    return patch;
  }
  if (!isMap(target)) observer.wrote(path, {});
  else if (Object.keys(patch).length === 0) observer.repeated(path);
  const merged = new Map(isMap(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    const own = [...path, key];
    if (value === null) observer.removed(own, merged.delete(key));
    else merged.set(key, merge(merged.get(key), value, observer, own));
  }
  return Object.fromEntries(merged);
}

/** One patch with the effect of two in sequence, including their removals. */
export function compose(first: Data, second: Data): Data {
  if (!isMap(second) || !isMap(first)) return second;
  const composed = new Map(Object.entries(first));
  for (const [key, value] of Object.entries(second)) {
    const before = composed.get(key);
    composed.set(key, before === undefined ? value : compose(before, value));
  }
  return Object.fromEntries(composed);
}
