import type { Decision } from '../../discovery/decision.ts';
import { outputFieldsOf } from '../../discovery/decision.ts';
import { PluginError } from '../../lib/errors.ts';
import { keyOf } from '../../lib/object-key.ts';
import { printable } from '../../lib/text.ts';
import { originsOf } from '../../customizations/origins.ts';
import { formatDiagnostic } from '../../lib/diagnostic.ts';
import type { Flags } from '../flags/flags.ts';
import { oneOf } from '../flags/flags.ts';
import { usage } from '../flags/usage.ts';
import type { UnusedReason } from './unused-backends.ts';
import { unusedReasons } from './unused-backends.ts';
import { renderTable, wrapWords } from '../table.ts';
import type { Discovered, PipelineResult } from '../pipeline.ts';
import { runPipeline, withDiscovery } from '../pipeline.ts';
import type { CommandOutput } from '../command.ts';

/** One Service in `explain -o json`. `null` where nothing points at a product, or no port answers. */
interface ExplainedService {
  readonly namespace: string;
  readonly name: string;
  readonly decision: Decision['decision'];
  readonly detector: string | null;
  readonly toolset: string | null;
  readonly url: string | null;
  readonly scheme: string | null;
  readonly port: number | null;
  readonly path: string | null;
  readonly rule: string;
  /** Stable; docs/detection.md has each. */
  readonly reason: Decision['reason'] | UnusedReason['reason'];
  /** One sentence without a full stop. */
  readonly message: string;
}

/** What `explain -o json` prints. */
export interface Explanation {
  readonly services: readonly ExplainedService[];
  readonly toolsets: readonly {
    readonly name: string;
    readonly enabled: boolean;
    readonly origin: string;
    readonly services: readonly string[];
    readonly overridden: readonly string[];
  }[];
  /** Toolsets that the consumer enables by itself, without an entry in the file. */
  readonly onByDefault: readonly string[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Every candidate with its reason, every toolset with its origin: as JSON, or as tables for people. */
export async function explain(flags: Flags): Promise<CommandOutput> {
  const format = oneOf('--output', flags.output, ['table', 'json']) ?? 'table';
  if (flags.report) return report(flags);
  const result = await runPipeline(flags);
  if (flags.toolset !== undefined) {
    const { explainToolset, renderToolset } = await import('./explain-toolset.ts');
    const toolset = explainToolset(flags.toolset, result);
    const printed = format === 'json' ? `${JSON.stringify(toolset, null, 2)}\n` : renderToolset(toolset);
    return { text: printed, warnings: [] };
  }
  const explanation = only(flags.operands[0], explanationOf(result));
  const all = flags.all || flags.operands.length > 0;
  const text =
    format === 'json' ? `${JSON.stringify(explanation, null, 2)}\n` : tables(explanation, all, flags.columns);
  return { text, warnings: [] };
}

/** Asks evidence anew for the Services of the report: what is remembered of it is not what it said. */
async function report(flags: Flags): Promise<CommandOutput> {
  assertReportable(flags);
  const { reportOf } = await import('./report/report.ts');
  const text = await withDiscovery(flags, (discovered) =>
    reportOf(theOne(flags.operands[0] ?? '', discovered), discovered, flags.version),
  );
  return { text, warnings: [] };
}

/** A report is Markdown about one Service. */
function assertReportable({ operands, output, toolset, all }: Flags): void {
  if (operands.length === 0) throw usage.serviceMissing('--report');
  const others = { '--output': output !== undefined, '--toolset': toolset !== undefined, '--all': all };
  for (const [flag, isGiven] of Object.entries(others))
    if (isGiven) throw usage.conflict('--report', flag, 'a report is Markdown about one Service');
}

function theOne(operand: string, { discovery: { decisions } }: Discovered): Decision {
  const found = decisions.filter(({ service }) => service.name === operand || keyOf(service) === operand);
  const [one] = found;
  if (one && found.length === 1) return one;
  throw one
    ? usage.serviceAmbiguous(
        operand,
        found.map(({ service }) => keyOf(service)),
      )
    : noService(operand);
}

/** The stable shape behind both forms. */
function explanationOf(result: PipelineResult): Explanation {
  const { consumer, discovery, generated, final, warnings } = result;
  const { admitted } = discovery;
  const unused = new Map(admitted.map((candidate) => [keyOf(candidate.service), unusedReasons(candidate, result)]));
  const services = Map.groupBy(
    admitted.flatMap((candidate) => consumer.entriesOf(candidate).map((entry) => ({ entry, candidate }))),
    ({ entry }) => entry,
  );
  return {
    services: discovery.decisions.map((decision) => explained(decision, unused.get(keyOf(decision.service)) ?? [])),
    toolsets: originsOf(generated.file, final, new Set(services.keys())).map(
      ({ name, enabled, origin, overridden }) => ({
        name,
        enabled,
        origin,
        services: services.get(name)?.map(({ candidate }) => keyOf(candidate.service)) ?? [],
        overridden,
      }),
    ),
    onByDefault: consumer.onBesides(final),
    warnings: warnings.map((one) => ({ code: one.code, message: formatDiagnostic(one) })),
  };
}

/** A selected backend that the consumer does not use has the reason for that, and both messages. */
function explained(one: Decision, unused: readonly UnusedReason[]): ExplainedService {
  const { service, decision, detector, reason, message } = one;
  return {
    namespace: service.namespace,
    name: service.name,
    decision,
    detector: detector?.id ?? null,
    ...outputFieldsOf(one),
    reason: unused[0]?.reason ?? reason,
    message: [message, ...unused.map((one) => one.message)].join('; '),
  };
}

/** One Service by `namespace/name` or by name in any namespace; all of them without an operand. */
function only(operand: string | undefined, explanation: Explanation): Explanation {
  if (operand === undefined) return explanation;
  const services = explanation.services.filter((service) => service.name === operand || keyOf(service) === operand);
  if (services.length > 0) return { ...explanation, services };
  throw noService(operand);
}

function noService(operand: string): PluginError {
  return new PluginError('USAGE', `there is no Service ${JSON.stringify(operand)}`, {
    hint: 'give its name or namespace/name; explain --all lists every Service that was read',
  });
}

function tables({ services, toolsets, onByDefault, warnings }: Explanation, all: boolean, width: number): string {
  const shown = all ? services : services.filter(({ decision }) => decision !== 'ignored');
  const hidden = services.length - shown.length;
  const rows = shown.map((service) => [
    service.decision,
    keyOf(service),
    service.toolset ?? '-',
    service.url ?? '-',
    service.rule || '-',
    service.message,
  ]);
  const names = toolsets.map((toolset) => [
    toolset.name,
    toolset.enabled ? 'enabled' : 'disabled',
    toolset.origin,
    toolset.services.join(', ') || '-',
    toolset.overridden.map((pointer) => pointer || '(all)').join(', ') || '-',
  ]);
  return [
    renderTable(['DECISION', 'SERVICE', 'TOOLSET', 'URL', 'EVIDENCE', 'REASON'], rows, width),
    ...(hidden > 0
      ? [lines(`${String(hidden)} more Services have nothing to do with a known product; --all shows them`, width)]
      : []),
    '\n',
    renderTable(['TOOLSET', 'STATE', 'ORIGIN', 'SERVICES', 'OVERRIDDEN'], names, width),
    ...(onByDefault.length > 0 ? [lines(`On by default, without an entry: ${onByDefault.join(', ')}`, width)] : []),
    ...warnings.map(({ code, message }) => lines(`${code}: ${printable(message)}`, width)),
  ].join('');
}

function lines(text: string, width: number): string {
  return `${wrapWords(text, width).join('\n')}\n`;
}
