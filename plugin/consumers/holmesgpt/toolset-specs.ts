import { getOwn } from '../../lib/json.ts';
import type { ToolsetClaim } from '../../discovery/decision.ts';

/** How HolmesGPT configures a toolset; from its releases 0.16 to 0.45. */
export interface ToolsetSpec {
  /**
   * - `instances`: the URL in `config`, or several in `config.instances`
   * - `http`: a toolset of type `http`, with a list of endpoints
   * - `clusters`: a list of clusters, even for a single one
   * - `database`: one connection URL
   * - `mcp`: an entry of `mcp_servers`
   * - `template`: the template of a custom detector
   * - `none`: environment variables only
   */
  readonly kind: 'instances' | 'http' | 'clusters' | 'database' | 'mcp' | 'template' | 'none';
  /** First minor release of 0.x that has it. */
  readonly since: number;
  readonly urlKey: string;
  /** Other toolsets that get the same entry. */
  readonly companions: readonly string[];
  /** `type` of toolsets that HolmesGPT does not know by name. */
  readonly type: string | null;
  /** Short description, where HolmesGPT requires one. */
  readonly title: string | null;
  /** Paths that the model may request, for `http`. */
  readonly paths: readonly string[];
  /** Path that HolmesGPT requests while it loads the file, for `http`. */
  readonly health: string | null;
  /** Never works without a credential. */
  readonly needsCredential: boolean;
  /** First minor release of 0.x that tolerates a backend refusing anonymous requests, which no health check shows. */
  readonly toleratesDenialSince: number;
}

const plain: ToolsetSpec = {
  kind: 'instances',
  since: 0,
  urlKey: 'api_url',
  companions: [],
  type: null,
  title: null,
  paths: [],
  health: null,
  needsCredential: false,
  toleratesDenialSince: 0,
};

/** Base for APIs of type `http`; their paths follow. */
const http = { ...plain, kind: 'http', since: 20, type: 'http' } as const;
const database: ToolsetSpec = { ...plain, kind: 'database', since: 20, type: 'database', needsCredential: true };

/** Toolsets of the built-in detectors. */
const builtIn: Readonly<Record<string, ToolsetSpec>> = {
  'prometheus/metrics': { ...plain, urlKey: 'prometheus_url' },
  'grafana/dashboards': { ...plain, toleratesDenialSince: 32 },
  'grafana/loki': plain,
  'grafana/tempo': plain,
  'elasticsearch/data': { ...plain, since: 19, companions: ['elasticsearch/cluster'] },
  victorialogs: { ...plain, since: 26 },
  alertmanager: { ...http, title: 'Alertmanager: alerts and silences', paths: ['/api/v2/*'], health: '/api/v2/status' },
  'jaeger/tracing': { ...http, title: 'Jaeger: traces', paths: ['/api/*'], health: '/api/services' },
  'rabbitmq/core': { ...plain, kind: 'clusters', needsCredential: true },
  'kafka/admin': { ...plain, kind: 'clusters' },
  postgresql: { ...database, title: 'PostgreSQL' },
  mysql: { ...database, title: 'MySQL' },
  clickhouse: { ...database, title: 'ClickHouse' },
  mongodb: { ...database, since: 22, type: 'mongodb', title: 'MongoDB' },
  // HolmesGPT has no toolset for Redis, and no type that speaks its protocol.
  redis: { ...plain, since: Infinity },
  'argocd/core': { ...plain, kind: 'none', needsCredential: true },
};

/** Toolsets that an annotation of a Service names, by the first part of their names. */
const annotated: Readonly<Record<string, ToolsetSpec>> = {
  mcp: { ...plain, kind: 'mcp', title: 'MCP server' },
  custom: { ...http, title: 'HTTP API', paths: ['/*'] },
};

/** A toolset of a custom detector: its template is printed in releases that have toolsets with a type. */
const template: ToolsetSpec = { ...plain, kind: 'template', since: 20 };

/** How the toolset is configured. Throws for one that no built-in detector, annotation or template has. */
export function toolsetSpecOf({ toolset, detector }: ToolsetClaim): ToolsetSpec {
  const known = specOfName(toolset);
  if (known) return known;
  if (detector.template !== undefined) return template;
  throw new Error(`consumers/holmesgpt/toolset-specs.ts has no toolset ${JSON.stringify(toolset)}`);
}

/** Specification of a built-in detector's toolset; `null` for any other. */
export function builtInSpecOf(toolset: string): ToolsetSpec | null {
  return getOwn(builtIn, toolset) ?? null;
}

/** Toolsets of the built-in detectors. */
export const builtInToolsets: readonly string[] = Object.keys(builtIn);

/** Specification of a toolset that a detector or an annotation could bring; `null` for any other. */
export function specOfName(toolset: string): ToolsetSpec | null {
  return builtInSpecOf(toolset) ?? annotatedSpecOf(toolset);
}

function annotatedSpecOf(toolset: string): ToolsetSpec | null {
  const [kind = '', name] = toolset.split('/', 2);
  return (name === undefined ? undefined : getOwn(annotated, kind)) ?? null;
}

/** The entries that a toolset appears in: its own, and those of its companions. */
export function entriesOf(toolset: string): readonly string[] {
  if (toolset.startsWith('mcp/')) return [toolset.slice('mcp/'.length)];
  return [toolset, ...(builtInSpecOf(toolset)?.companions ?? [])];
}

/** Whether a detector or an annotation could bring the entry. */
export function isDiscoverable(entry: string): boolean {
  return annotatedSpecOf(entry) !== null || Object.keys(builtIn).some((toolset) => entriesOf(toolset).includes(entry));
}

/** The key with the URL in an entry's `config`. */
export function urlKeyOf(entry: string, minor: number): string {
  const { urlKey } = builtInSpecOf(entry) ?? plain;
  return urlKey === 'api_url' && minor < 20 ? 'url' : urlKey;
}

/** Whether this version accepts several backends for a toolset. */
export function supportsMultiple({ kind }: ToolsetSpec, minor: number): boolean {
  return kind === 'instances' ? minor >= 32 : kind === 'http' || kind === 'clusters';
}

/** The key with the headers of each request in an entry's `config`; VictoriaLogs' was never renamed. */
export function headersKeyOf(entry: string, minor: number): string {
  return minor < 20 || entry === 'victorialogs' ? 'headers' : 'additional_headers';
}

/** Types of detectors' toolsets that HolmesGPT does not know by name. */
export const discoveredTypes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(builtIn).flatMap(([name, { type }]) => (type === null ? [] : [[name, type]])),
);

/** Type of such a toolset; `null` for any other. */
export function discoveredType(toolset: string): string | null {
  return builtInSpecOf(toolset)?.type ?? null;
}
