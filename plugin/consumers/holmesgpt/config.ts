import type { Candidate } from '../../discovery/decision.ts';
import { isTrustworthy, urlOf } from '../../discovery/decision.ts';
import type { DataMap } from '../../lib/json.ts';
import type { ReleasePolicy } from './credentials/credentials.ts';
import { credentialOf } from './credentials/credentials.ts';
import type { ToolsetSpec } from './toolset-specs.ts';
import { headersKeyOf, supportsMultiple, urlKeyOf } from './toolset-specs.ts';
import { byTenant } from '../tenants.ts';
import { storeConfig } from './stores/config.ts';
import { verification } from './credentials/usability.ts';
import { getOwn, isMap } from '../../lib/json.ts';

/** The toolset and backends of one entry. */
export interface EntrySubject extends ReleasePolicy {
  readonly toolset: string;
  readonly backends: readonly Candidate[];
  readonly spec: ToolsetSpec;
}

/** The `config` of an entry in the format and with the key names of the release; empty where the toolset takes none. */
export function configured(subject: EntrySubject): DataMap {
  const { spec, backends } = subject;
  const [first] = backends;
  if (!first) return {};
  switch (spec.kind) {
    case 'none':
    case 'template':
      return {};
    case 'http':
      return { config: httpApi(subject) };
    case 'clusters':
      return { config: clusters(subject) };
    case 'mcp':
      return { config: mcpServer(first, subject) };
    case 'database':
      return { config: database(first, subject) };
    case 'instances':
      return { config: instances(subject) };
  }
}

/**
 * A single backend is in `config` itself; several are `instances`, whose names HolmesGPT shows to the model. Where
 * several clusters are read, a single backend is an instance as well, because its name tells the cluster.
 */
function instances(subject: EntrySubject): DataMap {
  const [only, ...others] = withTenants(subject);
  const isNamed = only?.service.cluster !== undefined && supportsMultiple(subject.spec, subject.minor);
  if (only && others.length === 0 && !isNamed) return instanceConfig(only, subject);
  return { instances: namedInstances(subject) };
}

function withTenants({ backends, spec, minor }: EntrySubject): readonly Candidate[] {
  return byTenant(backends, supportsMultiple(spec, minor));
}

/** Items of `instances`. */
export function namedInstances(subject: EntrySubject): DataMap[] {
  return withTenants(subject).map((backend) => ({ name: backend.instance, ...instanceConfig(backend, subject) }));
}

function instanceConfig(backend: Candidate, subject: EntrySubject): DataMap {
  const { toolset, minor } = subject;
  const headersKey = headersKeyOf(toolset, minor);
  const { own } = credentialOf(backend, subject);
  const headers = getOwn(own, headersKey);
  return {
    [urlKeyOf(toolset, minor)]: urlOf(backend.endpoint),
    ...(asksPrometheusItself(toolset, backend, minor) ? { healthcheck: 'api/v1/query?query=up' } : {}),
    ...storeConfig(backend),
    ...verification(backend, subject),
    ...own,
    ...(backend.entryPoint.headers
      ? { [headersKey]: { ...backend.entryPoint.headers, ...(isMap(headers) ? headers : {}) } }
      : {}),
  };
}

/** Before 0.18 HolmesGPT requests `/-/healthy`, which only Prometheus itself has, not products with the same API. */
function asksPrometheusItself(toolset: string, { endpoint }: Candidate, minor: number): boolean {
  return toolset === 'prometheus/metrics' && minor < 18 && endpoint.path !== '';
}

/**
 * HolmesGPT fails the whole toolset if one endpoint is unhealthy, so several get no health check at startup. Neither
 * does an untrusted one: its answer would be part of the prompt as the error.
 */
function httpApi(subject: EntrySubject): DataMap {
  const { backends, spec, access } = subject;
  const checksHealth = backends.length === 1 && backends.every((backend) => isTrustworthy(backend, access.isTrusted));
  const health = checksHealth ? spec.health : null;
  const shared = backends.flatMap((backend) => [
    ...Object.entries(verification(backend, subject)),
    ...Object.entries(credentialOf(backend, subject).shared),
  ]);
  return {
    endpoints: backends.map((backend) => httpEndpoint(backend, spec.paths, health, credentialOf(backend, subject).own)),
    ...Object.fromEntries(shared),
  };
}

function httpEndpoint(
  { endpoint }: Candidate,
  paths: readonly string[],
  health: string | null,
  auth: DataMap,
): DataMap {
  const { scheme, host, port, path } = endpoint;
  return {
    hosts: [`${scheme}://${host}:${String(port)}`],
    paths: paths.map((one) => `${path}${one}`),
    methods: ['GET'],
    ...(health === null ? {} : { health_check_url: `${urlOf(endpoint)}${health}` }),
    ...(Object.keys(auth).length > 0 ? { auth } : {}),
  };
}

/** Clusters of Kafka and RabbitMQ, with their key names before 0.20 where needed. */
function clusters(subject: EntrySubject): DataMap {
  const { toolset, backends, minor } = subject;
  const isOld = minor < 20;
  if (toolset === 'kafka/admin') {
    const [listKey, prefix] = isOld ? ['kafka_clusters', 'kafka_'] : ['clusters', ''];
    return {
      [listKey]: backends.map((backend) => ({
        name: backend.instance,
        [`${prefix}broker`]: `${backend.endpoint.host}:${String(backend.endpoint.port)}`,
        ...credentialOf(backend, subject).own,
      })),
    };
  }
  return {
    clusters: backends.map((backend) => ({
      id: backend.instance,
      [isOld ? 'management_url' : 'api_url']: urlOf(backend.endpoint),
      ...verification(backend, subject),
      ...credentialOf(backend, subject).own,
    })),
  };
}

/** Connection URL in the format of SQLAlchemy and pymongo. ClickHouse's driver takes TLS from the query. */
function database(backend: Candidate, subject: EntrySubject): DataMap {
  const { scheme, host, port } = backend.endpoint;
  const schemes: Readonly<Record<string, string>> = { mysql: 'mysql+pymysql', clickhouse: 'clickhouse+http' };
  const isTls = backend.toolset === 'clickhouse' && scheme === 'https';
  return {
    connection_url: `${getOwn(schemes, backend.toolset) ?? scheme}://${host}:${String(port)}/${isTls ? '?protocol=https' : ''}`,
    ...verification(backend, subject),
    ...credentialOf(backend, subject).own,
  };
}

function mcpServer(backend: Candidate, subject: EntrySubject): DataMap {
  const mode = backend.endpoint.path.endsWith('/sse') ? 'sse' : 'streamable-http';
  return {
    url: urlOf(backend.endpoint),
    mode,
    ...verification(backend, subject),
    ...credentialOf(backend, subject).own,
  };
}
