import { isDeepStrictEqual } from 'node:util';
import type { Data, DataMap, ToolsetFile } from './toolset.ts';
import { isMap } from './toolset.ts';

/** Where one toolset of the output came from. */
export interface ToolsetOrigin {
  readonly name: string;
  readonly enabled: boolean;
  /** `default`: always there; `override`: only in Git. */
  readonly origin: 'discovered' | 'default' | 'override';
  /** JSON pointers (RFC 6901) into the toolset to what overrides changed; the empty one is the whole toolset. */
  readonly overridden: readonly string[];
}

/** Compares generated and final toolsets; `discovered` names those that have a Service behind them. */
export function originsOf(
  generated: ToolsetFile,
  final: ToolsetFile,
  discovered: ReadonlySet<string>,
): ToolsetOrigin[] {
  const names = new Set([...Object.keys(generated.toolsets), ...Object.keys(final.toolsets)]);
  return [...names].sort().map((name) => {
    const before = own(generated.toolsets, name);
    const after = own(final.toolsets, name);
    const known = discovered.has(name) ? 'discovered' : 'default';
    return {
      name,
      enabled: isMap(after) && after.enabled !== false,
      origin: before === undefined ? 'override' : known,
      overridden: changes(before, after, ''),
    };
  });
}

/** Pointers to the smallest parts that differ. */
function changes(before: Data | undefined, after: Data | undefined, pointer: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMap(before) || !isMap(after)) return [pointer];
  return keysOf(before, after).flatMap((key) =>
    changes(own(before, key), own(after, key), `${pointer}/${escape(key)}`),
  );
}

/** Not what every object inherits: a toolset may be named `toString`. */
function own(map: DataMap, key: string): Data | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function keysOf(a: DataMap, b: DataMap): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
