import type { Candidate } from '../discovery/decision.ts';
import { isTrustworthy, keyOf, urlOf } from '../discovery/decision.ts';
import type { Shape } from './holmesgpt-shapes.ts';
import { shapeOf } from './holmesgpt-shapes.ts';
import { expandTemplate } from './template.ts';
import type { Data, DataMap, ToolsetFile } from './toolset.ts';

/** References that the consumer resolves, by toolset and key of its config. Only for backends that are trusted. */
export interface Credentials {
  readonly references: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly isTrusted: (namespace: string) => boolean;
}

/** Whether this version of HolmesGPT can be told of several backends of a toolset. */
export function knowsSeveral(toolset: string, version: string): boolean {
  const { kind } = shapeOf(toolset);
  if (kind === 'instances') return isAtLeast(version, 0, 32);
  return kind === 'http' || kind === 'clusters';
}

/** Whether this version of HolmesGPT has the toolset at all; entries that it does not know it drops in silence. */
export function knowsToolset(toolset: string, version: string): boolean {
  return isAtLeast(version, 0, shapeOf(toolset).since);
}

/**
 * HolmesGPT's toolset file for what was admitted. Built-in toolsets are off unless enabled in so many words.
 * `kubernetes/core` needs no endpoint, and keeps the file from being empty, which HolmesGPT refuses to load.
 */
export function holmesgptFile(admitted: readonly Candidate[], version: string, credentials: Credentials): ToolsetFile {
  const byToolset = Map.groupBy(admitted, ({ toolset }) => toolset);
  const entries = [...byToolset].map(([toolset, backends]) => {
    const shape = shapeOf(toolset);
    return { toolset, shape, entry: entryOf(toolset, backends, shape, version, credentials) };
  });
  return {
    toolsets: {
      'kubernetes/core': { enabled: true },
      ...Object.fromEntries(
        entries
          .filter(({ shape }) => shape.kind !== 'mcp')
          .flatMap(({ toolset, shape, entry }) => [toolset, ...shape.companions].map((name) => [name, entry])),
      ),
    },
    mcp_servers: Object.fromEntries(
      entries
        .filter(({ shape }) => shape.kind === 'mcp')
        .map(({ toolset, entry }) => [toolset.slice('mcp/'.length), entry]),
    ),
  };
}

/** The key of a toolset's `config` that holds its URL. */
export function urlKeyOf(toolset: string, version: string): string {
  const { urlKey } = shapeOf(toolset);
  return urlKey === 'api_url' && !isAtLeast(version, 0, 20) ? 'url' : urlKey;
}

function entryOf(
  toolset: string,
  backends: readonly Candidate[],
  shape: Shape,
  version: string,
  credentials: Credentials,
): DataMap {
  const [first] = backends;
  if (first?.detector.template !== undefined) return expandTemplate(first.detector.template as Data, first) as DataMap;
  const references = credentials.references[toolset] ?? {};
  const withCredential = (backend: Candidate): DataMap =>
    isTrustworthy(backend, credentials.isTrusted) ? references : {};
  const usable = backends.filter((backend) => isUsable(backend, shape, withCredential(backend)));
  const shown = usable.length > 0 ? usable : backends;
  return {
    enabled: usable.length > 0,
    ...described(shape, shown),
    ...configured(toolset, shown, shape, version, withCredential),
  };
}

/** Without a credential that it needs, a backend would only fail in the consumer. */
function isUsable({ needsCredential }: Candidate, shape: Shape, credential: DataMap): boolean {
  return !(needsCredential || shape.needsCredential) || Object.keys(credential).length > 0;
}

function described({ type, title }: Shape, backends: readonly Candidate[]): DataMap {
  if (title === null) return {};
  const where = backends.map(({ service }) => keyOf(service)).join(', ');
  return { description: `${title} of this cluster (${where})`, ...(type === null ? {} : { type }) };
}

function configured(
  toolset: string,
  backends: readonly Candidate[],
  shape: Shape,
  version: string,
  withCredential: (backend: Candidate) => DataMap,
): DataMap {
  switch (shape.kind) {
    case 'none':
      return {};
    case 'http':
      return {
        config: {
          endpoints: backends.map((backend) => httpEndpoint(backend, lone(shape, backends), withCredential(backend))),
        },
      };
    case 'clusters':
      return { config: { clusters: backends.map((backend) => cluster(toolset, backend, withCredential(backend))) } };
    case 'mcp':
      return { config: mcpServer(backends) };
    case 'database':
      return { config: database(toolset, backends, withCredential) };
    case 'instances':
      return { config: instances(toolset, backends, version, withCredential) };
  }
}

/** One backend stands in `config` itself; several are `instances`, whose names HolmesGPT shows to the model. */
function instances(
  toolset: string,
  backends: readonly Candidate[],
  version: string,
  withCredential: (backend: Candidate) => DataMap,
): DataMap {
  const urlKey = urlKeyOf(toolset, version);
  const headersKey = isAtLeast(version, 0, 20) ? 'additional_headers' : 'headers';
  const configs = backends.map((backend) => ({
    [urlKey]: urlOf(backend.endpoint),
    ...(backend.door.headers ? { [headersKey]: backend.door.headers } : {}),
    ...withCredential(backend),
  }));
  const [only] = configs;
  if (configs.length === 1 && only) return only;
  return { instances: configs.map((config, index) => ({ name: backends[index]?.instance ?? '', ...config })) };
}

/** HolmesGPT fails the whole toolset where one endpoint is unhealthy: several are not asked at its start. */
function lone(shape: Shape, backends: readonly Candidate[]): Shape {
  return backends.length === 1 ? shape : { ...shape, health: null };
}

function httpEndpoint({ endpoint }: Candidate, { paths, health }: Shape, credential: DataMap): DataMap {
  const { scheme, host, port, path } = endpoint;
  return {
    hosts: [`${scheme}://${host}:${String(port)}`],
    paths: paths.map((one) => `${path}${one}`),
    methods: ['GET'],
    ...(health === null ? {} : { health_check_url: `${urlOf(endpoint)}${health}` }),
    ...(Object.keys(credential).length > 0 ? { auth: credential } : {}),
  };
}

function cluster(toolset: string, { instance, endpoint }: Candidate, credential: DataMap): DataMap {
  const { host, port } = endpoint;
  if (toolset === 'kafka/admin') return { name: instance, broker: `${host}:${String(port)}`, ...credential };
  return { id: instance, api_url: urlOf(endpoint), ...credential };
}

function database(
  toolset: string,
  [backend]: readonly Candidate[],
  withCredential: (backend: Candidate) => DataMap,
): DataMap {
  if (!backend) return {};
  const { scheme, host, port } = backend.endpoint;
  const schemes: Readonly<Record<string, string>> = { mysql: 'mysql+pymysql', clickhouse: `clickhouse+${scheme}` };
  return { connection_url: `${schemes[toolset] ?? scheme}://${host}:${String(port)}/`, ...withCredential(backend) };
}

function mcpServer([backend]: readonly Candidate[]): DataMap {
  if (!backend) return {};
  return { url: urlOf(backend.endpoint), mode: backend.endpoint.path.endsWith('/sse') ? 'sse' : 'streamable-http' };
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
