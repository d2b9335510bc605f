import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isList, isMap } from '../../lib/json.ts';
import type { EntryCost, Section } from '../consumer.ts';
import type { CatalogCost } from './catalog.ts';
import { catalogCost, knownToolset, knownType } from './catalog.ts';
import { toolSchema } from './tool-schema.ts';
import { isEnabled } from './validate/enabled.ts';

/** Characters of English and JSON per token; the catalogue uses the same number. */
const charactersPerToken = 4;

const zeroCost: EntryCost = { tools: 0, tokens: 0 };

/**
 * What an entry adds to each prompt, by the catalogue of the release. With several backends the number of
 * tools stays the same, except for one that lists them, and the instructions are repeated for each. `null`
 * where only a server knows its tools.
 */
export function costOf(section: Section, name: string, entry: Data, minor: number): EntryCost | null {
  if (!isMap(entry)) return zeroCost;
  const builtIn = section === 'toolsets' ? knownToolset(name, minor) : null;
  if (!isEnabled(section, name, entry, minor)) return zeroCost;
  if (section === 'mcp_servers' || entry.type === 'mcp') return null;
  const own = builtIn ?? (typeof entry.type === 'string' ? knownType(entry.type, minor) : null);
  const known = own && catalogCost(own, minor);
  if (known) return knownCost(known, entry, builtIn === null);
  return isList(entry.tools) ? writtenCost(entry, entry.tools) : null;
}

function knownCost(known: CatalogCost, entry: DataMap, isAdded: boolean): EntryCost {
  const more = backendsOf(entry) - 1;
  const { several = { tools: 0, once: 0, each: 0 } } = known;
  const text = textCost(entry);
  // Git's text replaces the instructions of a built-in toolset, and is added to those of a type.
  const instructions = text === 0 || isAdded ? known.instructions + text : text;
  const once = more > 0 ? several : { tools: 0, once: 0 };
  return { tools: known.tools + once.tools, tokens: known.schemas + instructions + once.once + more * several.each };
}

/** Cost of a toolset whose tools are written out in Git. */
function writtenCost(entry: DataMap, written: readonly Data[]): EntryCost {
  const tools = written.filter(isMap);
  const schemas = tools.map((tool) => toolSchema(tool)).join('');
  return { tools: tools.length, tokens: tokensOf(schemas) + textCost(entry) };
}

function textCost({ llm_instructions: text }: DataMap): number {
  return typeof text === 'string' ? tokensOf(text) : 0;
}

/** Number of items in the list of `config` for which the toolset is repeated. */
function backendsOf({ config }: DataMap): number {
  if (!isMap(config)) return 1;
  const list = getOwn(config, 'instances') ?? getOwn(config, 'endpoints');
  return Array.isArray(list) ? Math.max(1, list.length) : 1;
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}
