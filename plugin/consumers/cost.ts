import { getOwn } from '../lib/json.ts';
import type { Consumer, EntryCost, Section, ToolsetFile } from './consumer.ts';
import { sections } from './consumer.ts';

/** What a toolset of a file, or one that is on besides it, adds to each prompt. */
export interface ToolsetCost {
  readonly section: Section;
  readonly name: string;
  /** On without an entry. */
  readonly isBesides: boolean;
  /** `null` where that is not known. */
  readonly cost: EntryCost | null;
}

/** What a file, and what is on besides it, costs. */
export interface Costs {
  readonly toolsets: readonly ToolsetCost[];
  /** Of those that are known. */
  readonly total: EntryCost;
  /** Toolsets that are enabled and not in the total. */
  readonly unknown: readonly string[];
}

/** `null` where nothing is known of the consumer's costs. */
export function costsOf({ costOf, onBesides }: Consumer, file: ToolsetFile): Costs | null {
  if (costOf === null) return null;
  const written = sections.flatMap((section) =>
    Object.keys(file[section]).map((name): ToolsetCost => {
      return { section, name, isBesides: false, cost: costOf(section, name, getOwn(file[section], name) ?? null) };
    }),
  );
  const besides = onBesides(file).map((name): ToolsetCost => {
    return { section: 'toolsets', name, isBesides: true, cost: costOf('toolsets', name, { enabled: true }) };
  });
  const toolsets = [...written, ...besides];
  return {
    toolsets,
    total: sumOf(toolsets.flatMap(({ cost }) => cost ?? [])),
    unknown: toolsets.filter(({ cost }) => cost === null).map(({ name }) => name),
  };
}

function sumOf(costs: readonly EntryCost[]): EntryCost {
  return costs.reduce((all, { tools, tokens }) => ({ tools: all.tools + tools, tokens: all.tokens + tokens }), {
    tools: 0,
    tokens: 0,
  });
}
