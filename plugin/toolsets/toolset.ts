/** Plain data as YAML and JSON hold it. */
export type Data = string | number | boolean | null | readonly Data[] | DataMap;
export interface DataMap {
  readonly [key: string]: Data;
}

/** The consumer's toolset file: HolmesGPT's two maps. */
export interface ToolsetFile {
  readonly toolsets: DataMap;
  readonly mcp_servers: DataMap;
}

/** Whether a value is a map, and not a list or `null`. */
export function isMap(value: Data | undefined): value is DataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
