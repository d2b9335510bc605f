import type { EntryCost } from '../../consumers/consumer.ts';
import { keyOf } from '../../lib/object-key.ts';
import { counted, printable } from '../../lib/messages/text.ts';
import { decisions } from '../flags/options.ts';
import { cutTable, renderTable, wrapWords } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { ExplainedService, Explanation, TotalCost } from './explanation.ts';
import { unusedTable } from './unused-backends.ts';
import type { SelectedServices } from './select.ts';

/** What to show of an explanation, and for which Services. */
export interface ShownExplanation {
  readonly explanation: Explanation;
  readonly selected: SelectedServices;
  /** Remarks about the filters. */
  readonly remarks: readonly string[];
}

/** A count, one line per Service, cut off at the width of the terminal, and a table of toolsets. */
export function renderTables(shown: ShownExplanation, terminal: Terminal): string {
  const rows = shown.selected.shown.map((one) => [one.decision, keyOf(one), one.detector ?? '-', outcomeOf(one)]);
  const services = cutTable(['DECISION', 'SERVICE', 'PRODUCT', 'ENDPOINT OR REASON'], rows, terminal.columns);
  const hint = services.includes('…\n') ? wrapped(howToSeeAll, terminal.columns) : '';
  return withSummary(shown, `${coloured(services, terminal)}${hint}`, terminal.columns);
}

const howToSeeAll = 'Lines that end with … are cut: explain SERVICE shows one in full, -o wide shows all.';

/** Every field, wrapped at the width of the terminal. */
export function renderWide(shown: ShownExplanation, terminal: Terminal): string {
  const rows = shown.selected.shown.map((one) => [
    one.decision,
    keyOf(one),
    one.toolset ?? '-',
    one.url ?? '-',
    one.rule || '-',
    `${one.reason}: ${one.message}`,
  ]);
  const header = ['DECISION', 'SERVICE', 'TOOLSET', 'URL', 'EVIDENCE', 'REASON'];
  return withSummary(shown, coloured(renderTable(header, rows, terminal.columns), terminal), terminal.columns);
}

/** The Services one after another, one field per line. */
export function renderDetails(services: readonly ExplainedService[], terminal: Terminal): string {
  return services.map((one) => detailsOf(one, terminal)).join('\n');
}

function detailsOf(one: ExplainedService, { columns, colour, link }: Terminal): string {
  const fields = {
    Service: keyOf(one),
    Decision: one.decision,
    Product: one.detector ?? '-',
    Toolset: one.toolset ?? '-',
    URL: one.url ?? '-',
    Evidence: one.rule || '-',
    Reason: one.reason,
    Message: one.message,
  };
  const indent = 11;
  return Object.entries(fields)
    .map(([title, value]) => {
      const [first = '', ...others] = wrapWords(printable(value), columns - indent);
      const words = title === 'Decision' ? colour(one.decision, first) : first;
      const linked = title === 'Reason' ? link('detection.md#reasons', words) : words;
      const lines = [`${`${title}:`.padEnd(indent)}${linked}`, ...others.map((line) => ' '.repeat(indent) + line)];
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

/** RFC 4180: a header, then one line per Service. */
export function renderCsv(services: readonly ExplainedService[]): string {
  const keys = [
    ...(services.some(({ cluster }) => cluster !== undefined) ? (['cluster'] as const) : []),
    ...(['namespace', 'name', 'decision', 'detector', 'toolset', 'url'] as const),
    ...(['scheme', 'port', 'path', 'rule', 'reason', 'message'] as const),
  ];
  const lines = [keys, ...services.map((one) => keys.map((key) => cellOf(one[key])))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** Prefixes a quote to what a spreadsheet would take for a formula. */
function cellOf(value: string | number | null | undefined): string {
  const text = printable(String(value ?? ''));
  const harmless = /^[=+@-]/.test(text) ? `'${text}` : text;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The endpoint of a backend in use; for any other Service, why it is not used. */
function outcomeOf(one: ExplainedService): string {
  const isUsed = one.decision === 'selected' && !Object.hasOwn(unusedTable, one.reason);
  return isUsed ? endpointOf(one) : `${one.reason}: ${one.message}`;
}

/** `http :9090/prometheus`; the whole URL if its host is not the Service's own name. */
function endpointOf({ url, scheme, port, path, name }: ExplainedService): string {
  if (url === null) return '-';
  const isOwn = URL.parse(url)?.hostname.startsWith(`${name}.`) ?? false;
  return isOwn ? `${scheme ?? ''} :${String(port)}${path ?? ''}` : url;
}

/** Title, count and remarks above a table of Services; toolsets and warnings below. */
function withSummary({ explanation, selected, remarks }: ShownExplanation, services: string, width: number): string {
  const { toolsets, onByDefault, cost, warnings, notes } = explanation;
  const names = toolsets.map((toolset) => [
    toolset.name,
    toolset.leftOut ? 'left out' : toolset.enabled ? 'enabled' : 'disabled',
    ...(cost ? costCells(toolset.cost) : []),
    toolset.origin,
    toolset.services.join(', ') || '-',
    toolset.overridden.map((pointer) => pointer || '(all)').join(', ') || '-',
  ]);
  const text = [
    wrapped(countsOf(explanation, selected), width),
    ...remarks.map((remark) => wrapped(printable(remark), width)),
    '\n',
    ...(selected.shown.length > 0 ? [services, '\n'] : []),
    renderTable(
      ['TOOLSET', 'STATE', ...(cost ? ['TOOLS', 'TOKENS'] : []), 'ORIGIN', 'SERVICES', 'OVERRIDDEN'],
      names,
      width,
    ),
    ...(onByDefault.length > 0 ? [wrapped(`On by default, without an entry: ${onByDefault.join(', ')}`, width)] : []),
    ...(cost ? [wrapped(totalLine(cost), width)] : []),
    ...warnings.map(({ code, message }) => wrapped(`${code}: ${printable(message)}`, width)),
    ...notes.map(({ code, message }) => wrapped(`Note: ${printable(message)} (${code})`, width)),
  ];
  return text.join('');
}

/** `27 candidates: 5 selected, 2 unhealthy. 11 other Services …`. */
function countsOf({ services, warnings }: Explanation, { filtered, ignored }: SelectedServices): string {
  const counts = decisions.flatMap((kind) => {
    const number = services.filter(({ decision }) => decision === kind).length;
    return number > 0 && kind !== 'ignored' ? [`${String(number)} ${kind}`] : [];
  });
  const candidates = services.filter(({ decision }) => decision !== 'ignored').length;
  const sentences = [
    candidates === 0
      ? `None of ${counted(services.length, 'Service')} points at a known product`
      : `${counted(candidates, 'candidate')}: ${counts.join(', ')}`,
    ...(filtered > 0 ? [`${String(filtered)} do not match`] : []),
    ...(ignored > 0 && candidates > 0 ? [`${counted(ignored, 'other Service')}, see --all`] : []),
    ...(warnings.length > 0 ? [`${counted(warnings.length, 'warning')} below`] : []),
  ];
  return sentences.join('. ');
}

/** Colours the decision, which is the first word of a line. */
function coloured(table: string, { colour }: Terminal): string {
  return table.replace(/^[a-z]+(?= )/gm, (word) => {
    const decision = decisions.find((one) => one === word);
    return decision === undefined ? word : colour(decision, word);
  });
}

function costCells(cost: EntryCost | null): [tools: string, tokens: string] {
  return cost ? [String(cost.tools), String(cost.tokens)] : ['?', '?'];
}

function totalLine({ tools, tokens, onByDefault, unknown, limit }: TotalCost): string {
  const implicit = onByDefault.map((one) => `${one.name} ${String(one.tokens)}`);
  return [
    `Total: ${String(tools)} tools, about ${String(tokens)} tokens of each prompt`,
    ...(limit === null ? [] : [`target.maxToolTokens is ${String(limit)}`]),
    ...(implicit.length > 0 ? [`of these on by default: ${implicit.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`not counted: ${unknown.join(', ')}`] : []),
  ].join('; ');
}

function wrapped(text: string, width: number): string {
  return `${wrapWords(text, width).join('\n')}\n`;
}
