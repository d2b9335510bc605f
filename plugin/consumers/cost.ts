import { getOwn } from '../lib/json.ts';
import type { Consumer, EntryCost, Section, ToolsetFile } from './consumer.ts';
import { sections } from './consumer.ts';

/** What a toolset adds to each prompt, whether it is in the file or on by itself. */
export interface ToolsetCost {
  readonly section: Section;
  readonly name: string;
  /** On without an entry in the file. */
  readonly isImplicit: boolean;
  /** `null` if unknown. */
  readonly cost: EntryCost | null;
}

/** Costs of a file and of the toolsets that are on besides it. */
export interface Costs {
  readonly toolsets: readonly ToolsetCost[];
  /** Sum of the known costs. */
  readonly total: EntryCost;
  /** Enabled toolsets that are not part of the total. */
  readonly unknown: readonly string[];
}

/** The costs of a file; `null` for consumers without known costs. */
export function costsOf({ costOf, implicitlyEnabled }: Consumer, file: ToolsetFile): Costs | null {
  if (costOf === null) return null;
  const written = sections.flatMap((section) =>
    Object.keys(file[section]).map((name): ToolsetCost => {
      return { section, name, isImplicit: false, cost: costOf(section, name, getOwn(file[section], name) ?? null) };
    }),
  );
  const implicit = implicitlyEnabled(file).map((name): ToolsetCost => {
    return { section: 'toolsets', name, isImplicit: true, cost: costOf('toolsets', name, { enabled: true }) };
  });
  const toolsets = [...written, ...implicit];
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
