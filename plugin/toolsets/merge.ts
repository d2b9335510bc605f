import type { Data } from './toolset.ts';
import { isMap } from './toolset.ts';

/** JSON Merge Patch (RFC 7396): maps merge, `null` removes, everything else replaces. Neither argument is changed. */
export function merge(target: Data | undefined, patch: Data): Data {
  if (!isMap(patch)) return patch;
  const merged = new Map(isMap(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
