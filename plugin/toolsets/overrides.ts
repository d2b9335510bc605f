import { PluginError } from '../errors.ts';
import type { YamlFile } from '../settings/document.ts';
import { parseYamlFile } from '../settings/document.ts';
import { readGitFile } from '../settings/file.ts';
import { suggest } from '../settings/suggest.ts';
import { urlKeyOf } from './holmesgpt.ts';
import { merge } from './merge.ts';
import type { Data, DataMap, ToolsetFile } from './toolset.ts';
import { isMap } from './toolset.ts';

const sections = ['toolsets', 'mcp_servers'] as const;

/** What `overrides.yaml` says: HolmesGPT's own shape, in which `null` removes. */
export type Overrides = Readonly<Partial<Record<(typeof sections)[number], DataMap>>>;

/** Reads `overrides.yaml` in the folder; without one, or with an empty one, nothing is overridden. */
export async function loadOverrides(folder: string): Promise<Overrides> {
  const file = await readGitFile(folder, 'overrides.yaml');
  return file ? parseOverrides(parseYamlFile(file, 'OVERRIDES_INVALID')) : {};
}

/** Checks the shape: maps of toolsets and MCP servers, each a map or `null`. What is in them is the consumer's matter. */
export function parseOverrides(file: YamlFile): Overrides {
  const value = (file.value ?? {}) as Data;
  if (!isMap(value)) throw wrong(file, [], `must be a map with ${sections.join(' and ')}, not ${kindOf(value)}`);
  // A section that is all commented out reads as `null`: it says nothing, and removes nothing.
  const written = Object.entries(value).filter(([, entries]) => entries !== null);
  for (const [section, entries] of written) {
    if (!sections.some((known) => known === section)) throw wrong(file, [section], unknown(section), 'key');
    if (!isMap(entries)) throw wrong(file, [section], `${section} must be a map of names, not ${kindOf(entries)}`);
    for (const [name, entry] of Object.entries(entries)) {
      if (entry !== null && !isMap(entry)) {
        throw wrong(
          file,
          [section, name],
          `${section}.${name} must be a map, or null to remove it, not ${kindOf(entry)}`,
        );
      }
    }
  }
  return Object.fromEntries(written);
}

/** Generated toolsets with Git's changes merged in (RFC 7396); Git always wins. */
export function applyOverrides(generated: ToolsetFile, overrides: Overrides, version: string): ToolsetFile {
  const toolsets = Object.entries(generated.toolsets).map(([name, toolset]) => [
    name,
    withoutDisplaced(name, toolset, overrides.toolsets?.[name], version),
  ]);
  return {
    toolsets: merge(Object.fromEntries(toolsets) as DataMap, overrides.toolsets ?? {}) as DataMap,
    mcp_servers: merge(generated.mcp_servers, overrides.mcp_servers ?? {}) as DataMap,
  };
}

/** HolmesGPT lets `instances` win over a URL beside them: an override that sets the URL takes their place. */
function withoutDisplaced(name: string, toolset: Data, override: Data | undefined, version: string): Data {
  if (!isMap(toolset) || !isMap(toolset.config) || !isMap(override) || !isMap(override.config)) return toolset;
  if (typeof override.config[urlKeyOf(name, version)] !== 'string' || 'instances' in override.config) return toolset;
  return { ...toolset, config: merge(toolset.config, { instances: null }) };
}

function wrong(file: YamlFile, path: readonly string[], what: string, part: 'key' | 'value' = 'value'): PluginError {
  return new PluginError('OVERRIDES_INVALID', `${file.locate(path, part)} ${what}`, {
    hint: 'overrides.yaml has the shape of a HolmesGPT toolset file: toolsets: {NAME: {enabled: …, config: {…}}}',
  });
}

function unknown(section: string): string {
  const meant = suggest(section, sections);
  return `unknown key ${JSON.stringify(section)}${meant === null ? '' : `, did you mean ${JSON.stringify(meant)}?`}`;
}

function kindOf(value: Data | undefined): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
