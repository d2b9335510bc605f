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
  return {
    text:
      results.length === 1
        ? results.map((result) => renderTarget(result, flags)).join('')
        : renderTargets(results, flags),
    warnings: [],
    ...outsideNote(flags, results[0]?.settings.spec.health.check ?? ''),
  };
}

/** Output for one target. */
function renderTarget(result: PipelineResult, flags: ExplainFlags): string {
  const explanation = explanationOf(result);
  const [operand] = flags.operands;
  return operand === undefined ? renderServices(explanation, flags) : renderService(operand, explanation, flags);
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
    const own = JSON.parse(renderTarget(result, { ...flags, output: 'json' })) as object;
    return { target: { format: settings.spec.target.format, configMap: targetName(settings) }, ...own };
  });
  return format === 'json' ? `${JSON.stringify({ targets }, null, 2)}\n` : renderManifest({ targets });
}

/** All Services that the flags select: as data, sorted by namespace and name by default, and including ignored ones. */
function renderServices(explanation: Explanation, flags: ExplainFlags): string {
  const { output: format } = flags;
  const terminal = terminalOf(flags.terminal);
  const isForPeople = format === 'table' || format === 'wide';
  const selection = isForPeople
    ? { ...flags, sortBy: flags.sortBy ?? 'decision' }
    : { ...flags, all: true, sortBy: flags.sortBy ?? 'service' };
  const selected = selectServices(explanation.services, selection);
  const remarks = unmatchedFilters(explanation.services, flags);
  if (format === 'table') return renderTables({ explanation, selected, remarks }, terminal);
  if (format === 'wide') return renderWide({ explanation, selected, remarks }, terminal);
  return serialize({ ...explanation, services: selected.shown }, format);
}

/** The Services of this name, with all details. */
function renderService(operand: string, explanation: Explanation, { output: format, terminal }: ExplainFlags): string {
  const services = explanation.services.filter((service) => isNamed(operand, service));
  if (services.length === 0) throw unknownService(operand, explanation.services);
  if (format === 'table' || format === 'wide') return renderDetails(services, terminalOf(terminal));
  return serialize({ ...explanation, services }, format);
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
