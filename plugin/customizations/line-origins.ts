import { renderYaml } from '../lib/data/yaml-writer.ts';
import type { Data, Path } from '../lib/json.ts';
import { partsOf } from '../lib/json.ts';
import { parseYamlFile } from '../settings/yaml/parse.ts';

/** A line of YAML with its origin. */
export interface LineWithOrigin<Origin> {
  readonly line: string;
  readonly origin: Origin;
}

/**
 * The lines of a toolset or MCP server in the consumer's file. `originOf` returns the origin of a part of the entry;
 * `undefined` means `usual`. Throws OUTPUT_INVALID where the entry cannot be written as YAML.
 */
export function linesWithOrigins<Origin>(
  name: string,
  entry: Data,
  originOf: (path: Path) => Origin | undefined,
  usual: Origin,
): readonly LineWithOrigin<Origin>[] {
  const text = renderYaml({ [name]: entry });
  const file = parseYamlFile({ name, text }, 'OUTPUT_INVALID');
  const origins = new Map<number, Origin>();
  for (const path of pathsOf(entry, [])) {
    const origin = originOf(path);
    const { line } = file.locate([name, ...path], 'key');
    if (!origins.has(line) || origin !== undefined) origins.set(line, origin ?? usual);
  }
  let origin = usual;
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      // Further lines of a string, and lines without a place of their own, have the origin of the line above.
      origin = origins.get(index + 1) ?? origin;
      return { line, origin };
    });
}

/** Every part of an entry, each before its own parts. */
function pathsOf(data: Data, path: Path): Path[] {
  return [path, ...partsOf(data).flatMap(([key, value]) => pathsOf(value, [...path, key]))];
}
