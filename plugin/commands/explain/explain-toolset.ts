import { PluginError } from '../../lib/errors.ts';
import { formatLocation } from '../../lib/diagnostic.ts';
import type { Data, Path } from '../../lib/json.ts';
import { getOwn } from '../../lib/json.ts';
import { pointerTo } from '../../lib/data/json-pointer.ts';
import type { Section, ToolsetFile } from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import { linesWithOrigins } from '../../customizations/line-origins.ts';
import type { Provenance } from '../../customizations/provenance.ts';
import { locationOf } from '../../customizations/provenance.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import { renderTable } from '../terminal/table.ts';
import { suggestion } from '../../lib/messages/did-you-mean.ts';

/** One toolset of the output, line by line, with the origin of each line. */
export interface ExplainedToolset {
  readonly name: string;
  /** `origin` is `generated`, or `file:line:column` in Git. */
  readonly lines: readonly { readonly line: string; readonly origin: string }[];
  /** JSON Pointers into the toolset to what Git removed, and where. */
  readonly removed: readonly { readonly pointer: string; readonly origin: string }[];
}

/** Explains the toolset or MCP server of this name. Fails with USAGE if there is none. */
export function explainToolset(name: string, { final, provenance, leftOut }: PipelineResult): ExplainedToolset {
  assertIn(name, leftOut);
  const section = sectionOf(name, final, provenance);
  const entry = getOwn(final[section], name);
  const removed = provenance
    .removals()
    .filter(({ path }) => path[0] === section && path[1] === name)
    .map(({ path, source }) => ({ pointer: pointerTo(path.slice(2)), origin: formatLocation(locationOf(source)) }));
  return { name, lines: entry === undefined ? [] : linesOf(section, name, entry, provenance), removed };
}

/** The same for people. */
export function renderToolset({ lines, removed }: ExplainedToolset): string {
  const gone = removed.map(({ pointer, origin }) => [`(removed) ${pointer || 'the whole toolset'}`, origin]);
  return renderTable(['LINE', 'ORIGIN'], [...lines.map(({ line, origin }) => [line, origin]), ...gone]);
}

function assertIn(name: string, leftOut: PipelineResult['leftOut']): void {
  const beyond = leftOut.find((one) => one.name === name);
  if (!beyond) return;
  throw new PluginError(
    'USAGE',
    `toolset ${JSON.stringify(name)} is left out: its ${String(beyond.cost.tokens)} tokens do not fit in target.maxToolTokens ${String(beyond.limit)}`,
    { hint: 'name it in overrides.yaml to keep it, or raise target.maxToolTokens' },
  );
}

function sectionOf(name: string, final: ToolsetFile, provenance: Provenance): Section {
  const found = sections.find(
    (section) => getOwn(final[section], name) !== undefined || provenance.touches([section, name]),
  );
  if (found) return found;
  const known = sections.flatMap((section) => Object.keys(final[section]));
  throw new PluginError(
    'USAGE',
    `there is no toolset ${JSON.stringify(name)}${suggestion(name, known, JSON.stringify)}`,
    { hint: `toolsets are ${known.sort().join(', ')}` },
  );
}

function linesOf(section: string, name: string, entry: Data, provenance: Provenance): ExplainedToolset['lines'] {
  const originOf = (path: Path): string | undefined => {
    const source = provenance.sourceOf([section, name, ...path]);
    return source ? formatLocation(locationOf(source)) : undefined;
  };
  return linesWithOrigins(name, entry, originOf, 'generated');
}
