import type { Costs, ToolsetCost } from '../consumers/cost.ts';
import { costsOf } from '../consumers/cost.ts';
import type { Consumer, EntryCost, Section, ToolsetFile } from '../consumers/consumer.ts';
import { fileOf } from '../consumers/consumer.ts';
import type { Candidate } from '../discovery/decision.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { compare } from '../lib/object-key.ts';
import { shortened } from '../lib/messages/text.ts';
import type { Spec } from '../settings/schema/index.ts';
import type { Customizations } from './apply.ts';

/** A discovered toolset that exceeds the budget. */
export interface LeftOut {
  readonly section: Section;
  readonly name: string;
  readonly cost: EntryCost;
  readonly limit: number;
}

/** The toolsets within the budget, and those left out. */
export interface BudgetResult {
  readonly file: ToolsetFile;
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly Diagnostic[];
}

interface BudgetInputs {
  readonly target: Pick<Spec['target'], 'maxToolTokens' | 'budget'>;
  readonly consumer: Consumer;
  readonly customizations: Customizations;
  readonly admitted: readonly Candidate[];
}

/**
 * Compares the cost of the final toolsets with `target.maxToolTokens`. With `budget: enforce`, a discovered toolset
 * stays if there is room for it beside those of higher rank, which is the place of its first backend among all
 * admitted ones. Toolsets that Git names always stay. The digest covers what was discovered before this step, so
 * that `serve` needs nothing from Git.
 */
export function withinBudget(file: ToolsetFile, inputs: BudgetInputs): BudgetResult {
  const { maxToolTokens: limit, budget } = inputs.target;
  const costs = limit === undefined ? null : costsOf(inputs.consumer, file);
  if (limit === undefined || costs === null || costs.total.tokens <= limit) return { file, leftOut: [], warnings: [] };
  const leftOut = budget === 'enforce' ? overBudget(costs, limit, inputs) : [];
  const kept = withoutLeftOut(file, leftOut);
  const left = costsOf(inputs.consumer, kept) ?? costs;
  return {
    file: kept,
    leftOut,
    warnings: [
      ...(leftOut.length > 0 ? [enforcedWarning(leftOut, limit)] : []),
      ...(left.total.tokens > limit ? [exceededWarning(left, limit)] : []),
    ],
  };
}

/** Discovered toolsets without room, the least preferred last. */
function overBudget(costs: Costs, limit: number, { consumer, customizations, admitted }: BudgetInputs): LeftOut[] {
  const isNamed = namedIn(customizations);
  const order = new Map([...new Set(admitted.flatMap(consumer.entriesOf))].map((name, place) => [name, place]));
  const removable = costs.toolsets
    .filter((one) => order.has(one.name) && !one.isImplicit && !isNamed(one))
    .flatMap(({ section, name, cost }) => (cost ? [{ section, name, cost }] : []))
    .sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  let used = costs.total.tokens - removable.reduce((sum, { cost }) => sum + cost.tokens, 0);
  return removable.flatMap(({ section, name, cost }) => {
    const fits = cost.tokens === 0 || used + cost.tokens <= limit;
    if (fits) used += cost.tokens;
    return fits ? [] : [{ section, name, cost, limit }];
  });
}

/** Whether Git's overrides contain the toolset, or a patch targets it alone. */
function namedIn({ overrides, patches }: Customizations): (toolset: ToolsetCost) => boolean {
  const targets = new Set(patches.flatMap((file) => file.patches).map(({ target }) => target));
  return ({ section, name }) =>
    overrides.some(({ sections }) => Object.hasOwn(sections[section] ?? {}, name)) ||
    targets.has(section === 'toolsets' ? name : `${section}/${name}`);
}

function withoutLeftOut(file: ToolsetFile, leftOut: readonly LeftOut[]): ToolsetFile {
  return fileOf((section) => {
    const names = new Set(leftOut.filter((one) => one.section === section).map(({ name }) => name));
    return Object.fromEntries(Object.entries(file[section]).filter(([name]) => !names.has(name)));
  });
}

function tokensOf({ cost }: ToolsetCost): number {
  return cost?.tokens ?? 0;
}

/** Maximum number of toolsets that a warning names; the rest is a count. */
const maxNamed = 8;

function enforcedWarning(leftOut: readonly LeftOut[], limit: number): Diagnostic {
  const names = listed(leftOut.map(({ name, cost }) => `${name} (${String(cost.tokens)})`));
  return {
    severity: 'warning',
    code: 'BUDGET_ENFORCED',
    message: `left out, since target.maxToolTokens is ${String(limit)}: ${names}`,
    hint: 'name a toolset in overrides.yaml to keep it, or raise target.maxToolTokens',
  };
}

function exceededWarning({ toolsets, total, unknown }: Costs, limit: number): Diagnostic {
  const byCost = toolsets
    .filter((one) => tokensOf(one) > 0)
    .sort((a, b) => tokensOf(b) - tokensOf(a) || compare(a.name, b.name));
  const named = (some: readonly ToolsetCost[]): string =>
    listed(some.map((one) => `${one.name} (${String(tokensOf(one))})`));
  const implicit = byCost.filter(({ isImplicit }) => isImplicit);
  const parts = [
    `the toolsets take about ${String(total.tokens)} tokens of each prompt, more than target.maxToolTokens ${String(limit)}: ${named(byCost.filter(({ isImplicit }) => !isImplicit))}`,
    ...(implicit.length > 0 ? [`on by default: ${named(implicit)}`] : []),
    ...(unknown.length > 0 ? [`not counted: ${listed(unknown)}`] : []),
  ];
  return {
    severity: 'warning',
    code: 'BUDGET_EXCEEDED',
    message: parts.join('; '),
    hint: 'disable what is not needed in overrides.yaml, or by target.defaultToolsets',
  };
}

function listed(names: readonly string[]): string {
  return shortened(names, maxNamed).join(', ');
}
