import type { DataMap } from '../settings/data.ts';

/** The consumer's toolsets, by name. `mcp_servers` is HolmesGPT's second map; others have none. */
export interface ToolsetFile {
  readonly toolsets: DataMap;
  readonly mcp_servers: DataMap;
}
