import { holmesgpt } from '../../../plugin/consumers/holmesgpt/index.ts';
import type { ConsumerIssue } from '../../../plugin/consumers/consumer.ts';
import type { Judge, JudgedToolset } from '../judge.ts';
import { parse } from 'yaml';
import { toolsets } from '../../../plugin/consumers/holmesgpt/catalog.ts';
import type { Data, DataMap } from '../../../plugin/lib/json.ts';
import { isMap } from '../../../plugin/lib/json.ts';
import type { Library } from '../library.ts';
import { environment } from './entries.ts';
import type { MutatedEntry } from './entries.ts';

/** What HolmesGPT and `validate` say of one entry. */
export interface Comparison extends MutatedEntry {
  /** Why HolmesGPT does not take it, apart from what its surroundings lack; `null` where it does. */
  readonly refused: string | null;
  readonly issues: readonly ConsumerIssue[];
  readonly agrees: boolean;
}

/** Judges all entries as one file, and each by `validate` as well. */
export async function compare(judge: Judge, entries: readonly MutatedEntry[]): Promise<Comparison[]> {
  const minor = judge.version.split('.').slice(0, 2).join('.');
  const consumer = holmesgpt(minor);
  const refusals = await refusalsOf(judge, entries);
  return entries.map((one, index) => {
    const issues = consumer.validateEntry(one.section, one.name, one.entry);
    const refused = refusals[index] ?? (one.isLost ? 'lost' : null);
    // A file that is not on this machine hides what else HolmesGPT would say.
    const agrees = (refused !== null) === issues.length > 0 || refused === hidden;
    return { ...one, refused, issues, agrees };
  });
}

const hidden = 'hidden by a file that is not there';

/** Why each is refused. One that ends the load of the whole file is found by halves. */
async function refusalsOf(judge: Judge, entries: readonly MutatedEntry[]): Promise<(string | null)[]> {
  const of = (section: string): object =>
    Object.fromEntries(entries.filter((one) => one.section === section).map(({ name, entry }) => [name, entry]));
  const file = JSON.stringify({ toolsets: of('toolsets'), mcp_servers: of('mcp_servers') });
  const { exception, toolsets: judged, log } = await judge.judge(file, { env: environment, isImpatient: true });
  if (exception === null) return entries.map(({ name, entry }) => whyNot(judged[name], name, isOff(name, entry), log));
  if (entries.length === 1) return [exception];
  const half = Math.ceil(entries.length / 2);
  return [...(await refusalsOf(judge, entries.slice(0, half))), ...(await refusalsOf(judge, entries.slice(half)))];
}

/** A text counts as false in a toolset that is built in alone. */
function isOff(name: string, { enabled }: DataMap): boolean {
  return enabled === false || (Object.hasOwn(toolsets, name) && ['no', 'false', 0].includes(lower(enabled)));
}

function lower(data: Data | undefined): string | number {
  return typeof data === 'string' ? data.toLowerCase() : data === 0 ? 0 : '';
}

/**
 * Before 0.26 an entry that is invalid vanishes, with a line in the log: of one that is off and has no built-in toolset
 * behind it that is what was wanted.
 */
function whyNot(
  judged: JudgedToolset | undefined,
  name: string,
  isOff: boolean,
  log: readonly string[],
): string | null {
  const isGone = judged === undefined && isOff;
  const line = log.find(
    (one) => one.startsWith(`Toolset '${name}' is invalid`) || one === `Failed to load toolset: ${name}`,
  );
  return refusal(judged, isOff) ?? (isGone ? null : (line ?? null));
}

function refusal(judged: JudgedToolset | undefined, isOff: boolean): string | null {
  if (judged === undefined) return isOff ? null : 'is not there';
  if (judged.status !== 'failed') return null;
  if (/file not found/i.test(judged.error ?? '')) return hidden;
  return isOfSurroundings(judged.error ?? '') ? null : (judged.error ?? 'failed');
}

/**
 * A failure for what the judging machine lacks: programs, variables, a cluster, the backends. With a large number of retries a
 * time between two of them is no float any more, which is never reached where these are waited for.
 */
function isOfSurroundings(error: string): boolean {
  return /returned \d+$|int too large to convert to float|exit code \d+|Environment variable \w+ was not set|Max retries exceeded|Name or service not known|NameResolutionError|Failed to resolve|Failed to establish|Connection refused|Network is unreachable|_TRANSPORT|Robusta cloud|did not complete within|timed out|Could not find the TLS|Can't create a connection to host|No servers found|ServerSelectionTimeout|Failed to set up Azure auth|auto-detect prometheus|prometheus_url.*not configured|TaskGroup|no HTTP response from either endpoint|All connection attempts failed|signed_request|AMP|Unable to locate credentials|is misconfigured\. Env|Failed to connect to (Elasticsearch|ServiceNow instance) at [^ ]*$/m.test(
    error,
  );
}

/** Names that later releases take for another one. */
const renamed: Readonly<Record<string, string>> = { runbook: 'skills', 'coralogix/logs': 'coralogix' };

/** Variables that the files refer to. */
const variables = [
  ...['GRAFANA_URL', 'GRAFANA_API_KEY', 'DATADOG_API_URL', 'DATADOG_API_KEY', 'DATADOG_APP_KEY', 'MCP_ADO_API_KEY'],
  ...['MCP_API_TOKEN', 'INTERNAL_API_TOKEN', 'ELASTICSEARCH_PASSWORD', 'ELASTICSEARCH_API_KEY', 'AZURE_SECRET'],
];

/**
 * Entries of a file, by `section/name`, of which HolmesGPT takes something not at all or as nothing: those that it
 * refuses, and those whose keys or placeholders it passes over; `file` where it loads nothing.
 */
export function entriesRefused(judge: Judge, library: Library, text: string): Promise<readonly string[]> {
  const known = judgedTexts.get(judge) ?? new Map<string, Promise<readonly string[]>>();
  judgedTexts.set(judge, known);
  const refused = known.get(text) ?? judgedEntries(judge, library, text);
  known.set(text, refused);
  return refused;
}

/** By the judge and the file: two suites ask for the same files. */
const judgedTexts = new WeakMap<Judge, Map<string, Promise<readonly string[]>>>();

async function judgedEntries(judge: Judge, library: Library, text: string): Promise<readonly string[]> {
  const env = Object.fromEntries(variables.map((name) => [name, 'http://backend.ns.svc']));
  const { exception, toolsets: all, log } = await judge.judge(text, { env, isImpatient: true });
  if (exception !== null) return ['file'];
  const file = parse(text) as Readonly<Record<string, Readonly<Record<string, DataMap>>>>;
  const refused = Object.entries(file).flatMap(([section, entries]) =>
    Object.entries(entries).flatMap(([name, entry]) => {
      const judged = all[name] ?? all[renamed[name] ?? ''];
      const why = whyNot(judged, name, isOff(name, entry), log);
      const isRefused = why !== null && why !== hidden;
      return isRefused || (!isOff(name, entry) && losesSomething(library, section, name, entry))
        ? [`${section}/${name}`]
        : [];
    }),
  );
  return refused.sort();
}

/** Keys of the config that its class has not, and references in a form that HolmesGPT does not fill in. */
function losesSomething(library: Library, section: string, name: string, { type, config }: DataMap): boolean {
  if (!isMap(config)) return false;
  const kind = section === 'mcp_servers' ? 'mcp' : typeof type === 'string' ? type : 'custom';
  const known = library.toolsets[name] ?? library.types[kind];
  const isOpen = known === undefined || (library.toolsets[name] === undefined && kind === 'custom');
  const unknown = Object.keys(config).filter((key) => !Object.hasOwn(known?.config ?? {}, key));
  return (!isOpen && unknown.length > 0) || JSON.stringify(config).includes('${');
}
