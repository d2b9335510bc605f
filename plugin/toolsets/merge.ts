import type { Data, DataMap } from './toolset.ts';
import { isMap } from './toolset.ts';

/** JSON Merge Patch (RFC 7396): maps merge, `null` removes, everything else replaces. Neither argument is changed. */
export function merge(target: Data | undefined, patch: Data): Data {
  if (!isMap(patch)) return patch;
  const merged: Record<string, Data> = { ...(isMap(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = merge(merged[key], value);
  }
  return merged satisfies DataMap;
}
