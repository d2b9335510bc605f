/**
 * How HolmesGPT wants a toolset written, read from its releases 0.16 to 0.45.
 * - `instances`: the URL in `config`, or several in `config.instances`
 * - `http`: a toolset of our own making with a list of endpoints
 * - `clusters`: a list of clusters, also for one
 * - `database`: one connection URL
 * - `mcp`: an entry of `mcp_servers`
 * - `none`: configured by its environment alone
 */
export interface ToolsetSpec {
  readonly kind: 'instances' | 'http' | 'clusters' | 'database' | 'mcp' | 'none';
  /** First minor release of 0.x that has it. */
  readonly since: number;
  readonly urlKey: string;
  /** Other toolsets that take the same entry. */
  readonly companions: readonly string[];
  /** `type` of toolsets that HolmesGPT does not know by name. */
  readonly type: string | null;
  /** What it is, where HolmesGPT wants a description. */
  readonly title: string | null;
  /** Paths that the model may ask, for `http`. */
  readonly paths: readonly string[];
  /** Path that HolmesGPT asks at load, for `http`. */
  readonly health: string | null;
  /** It never works without one. */
  readonly needsCredential: boolean;
  /** Minor releases of 0.x before this one fail it where an anonymous question is refused, which no health check sees. */
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

const http: ToolsetSpec = { ...plain, kind: 'http', since: 20, type: 'http', title: 'HTTP API', paths: ['/*'] };
const database: ToolsetSpec = { ...plain, kind: 'database', since: 20, type: 'database', needsCredential: true };

const specs: Readonly<Record<string, ToolsetSpec>> = {
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
  // HolmesGPT has no toolset for Redis, and none of its types speaks the protocol.
  redis: { ...plain, since: Infinity },
  'argocd/core': { ...plain, kind: 'none', needsCredential: true },
};

/** The entries that a toolset appears in: its own, and those of its companions. */
export function entriesOf(toolset: string): readonly string[] {
  return toolset.startsWith('mcp/') ? [toolset.slice('mcp/'.length)] : [toolset, ...toolsetSpecOf(toolset).companions];
}

/** The shape of a toolset; one that is not known by name is an HTTP API or an MCP server that a Service announced. */
export function toolsetSpecOf(toolset: string): ToolsetSpec {
  if (toolset.startsWith('mcp/')) return { ...plain, kind: 'mcp', title: 'MCP server' };
  return specs[toolset] ?? http;
}

/** Types of the toolsets that detectors configure and HolmesGPT does not know by name. */
export const discoveredTypes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(specs).flatMap(([name, { type }]) => (type === null ? [] : [[name, type]])),
);

/** The type of such a toolset; `null` for any other. */
export function discoveredType(toolset: string): string | null {
  return (Object.hasOwn(discoveredTypes, toolset) ? discoveredTypes[toolset] : null) ?? null;
}
