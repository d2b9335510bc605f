import { isMap } from '../settings/data.ts';
import { differences, own, pointerTo } from './paths.ts';
import type { ToolsetFile } from './toolset.ts';

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
      overridden: differences(before, after).map(pointerTo),
    };
  });
}
