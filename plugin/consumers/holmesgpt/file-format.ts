import { PluginError } from '../../lib/errors.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { isList, isMap } from '../../lib/json.ts';
import { parseData } from '../../lib/data/yaml11-reader.ts';
import type { ToolsetFile } from '../consumer.ts';
import { sections } from '../consumer.ts';

/** HolmesGPT fails to load the whole file if it has `mcp_servers: null`, or if both maps are empty. */
export function toFileData({ toolsets, mcp_servers }: ToolsetFile): DataMap {
  return { toolsets, ...(Object.keys(mcp_servers).length > 0 ? { mcp_servers } : {}) };
}

/** Parses the file as HolmesGPT does: a missing section counts as empty. */
export function parseFile(text: string | undefined): ToolsetFile | null {
  const data = text === undefined ? undefined : parseData(text);
  if (!isMap(data)) return null;
  const { toolsets = {}, mcp_servers = {} } = data;
  return isMap(toolsets) && isMap(mcp_servers) ? { toolsets, mcp_servers } : null;
}

/** Throws OUTPUT_INVALID for anything that makes HolmesGPT fail to load the whole file. */
export function assertAccepted(final: ToolsetFile): void {
  if (Object.keys(final.toolsets).length + Object.keys(final.mcp_servers).length === 0) {
    throw new PluginError(
      'OUTPUT_INVALID',
      'overrides.yaml removes every toolset; HolmesGPT does not load an empty file',
      { hint: 'keep kubernetes/core and set enabled: false on it instead of null' },
    );
  }
  for (const section of sections) assertNoDots(final[section], section);
}

/** HolmesGPT treats a dot in a key as a path and fails to load the whole file. */
function assertNoDots(data: Data | undefined, path: string): void {
  if (isList(data)) for (const [index, item] of data.entries()) assertNoDots(item, `${path}[${String(index)}]`);
  if (!isMap(data)) return;
  for (const [key, value] of Object.entries(data)) {
    if (key.includes('.')) {
      throw new PluginError(
        'OUTPUT_INVALID',
        `${path} has the key ${JSON.stringify(key)}; HolmesGPT refuses keys with a dot`,
        { hint: 'rename the key in overrides.yaml, or in the template of the custom detector' },
      );
    }
    assertNoDots(value, `${path}.${key}`);
  }
}
