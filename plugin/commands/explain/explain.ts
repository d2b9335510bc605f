import type { Decision } from '../../discovery/decision.ts';
import { PluginError } from '../../lib/errors.ts';
import type { ConfigMapName } from '../../cluster/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import { printable } from '../../lib/messages/text.ts';
import type { DiscoveryFlags, Flags } from '../flags/flags.ts';
import { usage } from '../flags/usage.ts';
import { renderManifest } from '../../lib/data/yaml-writer.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';
import type { DiscoveryRun } from '../pipeline/pipeline.ts';
import { runPipeline, runPipelines, withDiscovery } from '../pipeline/pipeline.ts';
import { requireOne, targetName, titleOf } from '../targets.ts';
import type { CommandOutput } from '../command.ts';
import { asSeenFromHere, outsideNote } from '../clusters/outside.ts';
import { terminalOf } from '../terminal/terminal.ts';
import type { Explanation } from './explanation.ts';
import { explanationOf } from './explanation.ts';
import { renderCsv, renderDetails, renderTables, renderWide } from './render.ts';
import { isNamed, selectServices, unmatchedFilters } from './select.ts';
import { suggestion } from '../../lib/messages/did-you-mean.ts';

type ExplainFlags = DiscoveryFlags &
  Flags<'namespace' | 'all-namespaces' | 'decision' | 'product' | 'sort-by' | 'all' | 'toolset' | 'report'> & {
    readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'csv';
  };

/** Every candidate with its reason, every toolset with its origin: as data, or as tables for people. */
export async function explain(given: ExplainFlags): Promise<CommandOutput> {
  if (given.allNamespaces && given.namespaces.length > 0)
    throw usage.conflict('--all-namespaces', '--namespace', 'one asks for all, the other for some');
  const flags = await asSeenFromHere(given);
  if (flags.report) return outputOfReport(flags);
  if (flags.toolset !== undefined) return outputOfToolset(flags.toolset, flags);
  const results = await runPipelines(flags);
  const [only, ...others] = results;
  return {
    text: only && others.length === 0 ? renderTarget(only, flags) : renderTargets(results, flags),
    warnings: [],
    ...outsideNote(flags, only?.settings.spec.health.check ?? ''),
  };
}

/** Output for one target: for people, or as data. */
function renderTarget(result: PipelineResult, flags: ExplainFlags): string {
  const explanation = explanationOf(result);
  const { output: format } = flags;
  if (format !== 'table' && format !== 'wide') return serialize(selectedIn(explanation, flags), format);
  const terminal = terminalOf(flags.terminal);
  const { services } = explanation;
  const [operand] = flags.operands;
  if (operand !== undefined) return renderDetails(servicesNamed(operand, services), terminal);
  const selected = selectServices(services, { ...flags, sortBy: flags.sortBy ?? 'decision' });
  const shown = { explanation, selected, remarks: unmatchedFilters(services, flags) };
  return format === 'table' ? renderTables(shown, terminal) : renderWide(shown, terminal);
}

/** Several targets one after another, each under its name; as data, a list in `targets`. */
function renderTargets(results: readonly PipelineResult[], flags: ExplainFlags): string {
  const { output: format } = flags;
  if (format === 'csv') requireOne(results, ({ settings }) => settings);
  if (format === 'table' || format === 'wide')
    return results
      .map((result) => `Target ${printable(titleOf(result.settings))}\n\n${renderTarget(result, flags)}`)
      .join('\n');
  const targets = results.map((result): object => {
    const { settings } = result;
    const target = { format: settings.spec.target.format, configMap: targetName(settings) };
    return { target, ...selectedIn(explanationOf(result), flags) };
  });
  return format === 'json' ? `${JSON.stringify({ targets }, null, 2)}\n` : renderManifest({ targets });
}

/** With only the Services that the flags select, by default in the order of namespace and name, and ignored ones too. */
function selectedIn(explanation: Explanation, flags: ExplainFlags): Explanation {
  const { services } = explanation;
  const [operand] = flags.operands;
  const selected =
    operand === undefined
      ? selectServices(services, { ...flags, all: true, sortBy: flags.sortBy ?? 'service' }).shown
      : servicesNamed(operand, services);
  return { ...explanation, services: selected };
}

/** Fails with USAGE if there is none. */
function servicesNamed(operand: string, services: Explanation['services']): Explanation['services'] {
  const found = services.filter((service) => isNamed(operand, service));
  if (found.length > 0) return found;
  throw unknownService(operand, services);
}

function serialize(explanation: Explanation, format: 'json' | 'yaml' | 'csv'): string {
  if (format === 'csv') return renderCsv(explanation.services);
  return format === 'json' ? `${JSON.stringify(explanation, null, 2)}\n` : renderManifest(explanation);
}

/** One toolset line by line. */
async function outputOfToolset(name: string, flags: ExplainFlags): Promise<CommandOutput> {
  const { output: format } = flags;
  if (format !== 'table' && format !== 'json')
    throw usage.conflict('--toolset', `--output ${format}`, 'its lines are printed as table or json');
  const { explainToolset, renderToolset } = await import('./explain-toolset.ts');
  const explained = explainToolset(name, await runPipeline(flags));
  return {
    text: format === 'json' ? `${JSON.stringify(explained, null, 2)}\n` : renderToolset(explained),
    warnings: [],
  };
}

/** Reads the evidence of the report's Services again: the memory of it does not include its content. */
async function outputOfReport(flags: ExplainFlags): Promise<CommandOutput> {
  assertReportable(flags);
  const { reportOf } = await import('./report/report.ts');
  const text = await withDiscovery(flags, (discovered) =>
    reportOf(requireSingleDecision(flags.operands[0] ?? '', discovered), discovered, flags.version),
  );
  return { text, warnings: [] };
}

/** A report is Markdown about one Service. */
function assertReportable({ operands, output, toolset, all }: ExplainFlags): void {
  if (operands.length === 0) throw usage.serviceMissing('--report');
  const others = { '--output': output !== 'table', '--toolset': toolset !== undefined, '--all': all };
  for (const [flag, isGiven] of Object.entries(others))
    if (isGiven) throw usage.conflict('--report', flag, 'a report is Markdown about one Service');
}

function requireSingleDecision(operand: string, { discovery: { decisions } }: DiscoveryRun): Decision {
  const found = decisions.filter(({ service }) => isNamed(operand, service));
  const [one] = found;
  if (one && found.length === 1) return one;
  throw one
    ? usage.serviceAmbiguous(
        operand,
        found.map(({ service }) => keyOf(service)),
      )
    : unknownService(
        operand,
        decisions.map(({ service }) => service),
      );
}

function unknownService(operand: string, services: readonly ConfigMapName[]): PluginError {
  const [, name = operand] = operand.split('/');
  const elsewhere = services.find((service) => service.name === name);
  const known = services.map((service) => (operand.includes('/') ? keyOf(service) : service.name));
  const nearest = elsewhere ? `, did you mean ${keyOf(elsewhere)}?` : suggestion(operand, known);
  return new PluginError('USAGE', `there is no Service ${JSON.stringify(operand)}${nearest}`, {
    hint: 'give its name or namespace/name; explain --all lists every Service that was read',
  });
}
