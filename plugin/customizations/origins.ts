import { getOwn } from '../lib/json.ts';
import { differences, pointerTo } from '../lib/data/json-pointer.ts';
import type { Consumer, ToolsetFile } from '../consumers/consumer.ts';
import { sections } from '../consumers/consumer.ts';

/** The origin of one toolset or MCP server in the output. */
export interface ToolsetOrigin {
  readonly name: string;
  readonly enabled: boolean;
  /** `default`: always present; `override`: only in Git. */
  readonly origin: 'discovered' | 'default' | 'override';
  /** JSON Pointers (RFC 6901) to the overridden parts of the toolset; the empty one means the whole toolset. */
  readonly overridden: readonly string[];
}

/** Compares generated and final toolsets and MCP servers; `discovered` names those with a Service behind them. */
export function originsOf(
  generated: ToolsetFile,
  final: ToolsetFile,
  discovered: ReadonlySet<string>,
  isEnabled: Consumer['isEnabled'],
): ToolsetOrigin[] {
  return sections.flatMap((section) => {
    const names = new Set([...Object.keys(generated[section]), ...Object.keys(final[section])]);
    return [...names].sort().map((name) => {
      const before = getOwn(generated[section], name);
      const after = getOwn(final[section], name);
      const known = discovered.has(name) ? 'discovered' : 'default';
      return {
        name,
        enabled: after !== undefined && isEnabled(section, name, after),
        origin: before === undefined ? 'override' : known,
        overridden: differences(before, after).map(pointerTo),
      };
    });
  });
}
