import { PluginError } from '../errors.ts';
import type { Candidate } from '../discovery/decision.ts';
import { isTrustworthy, keyOf, urlOf } from '../discovery/decision.ts';
import type { Access, Consumer, Generated, Unusable } from './consumer.ts';
import { knownToolset } from './holmesgpt-catalogue.ts';
import { complaintsOf } from './holmesgpt-rules.ts';
import type { Shape } from './holmesgpt-shapes.ts';
import { entriesOf, shapeOf } from './holmesgpt-shapes.ts';
import { merge } from './merge.ts';
import { parseData } from './parse-data.ts';
import { renderYaml } from './render.ts';
import { expandTemplate } from './template.ts';
import type { Data, DataMap } from '../settings/data.ts';
import type { ToolsetFile } from './toolset.ts';
import { isMap } from '../settings/data.ts';

/** HolmesGPT as of a release such as `0.45`: https://github.com/HolmesGPT/holmesgpt. */
export function holmesgpt(version: string): Consumer {
  const minor = minorOf(version);
  return {
    title: `HolmesGPT ${version}`,
    sections: ['toolsets', 'mcp_servers'],
    knows: (toolset) => shapeOf(toolset).since <= minor,
    several: (toolset) => knowsSeveral(shapeOf(toolset), minor),
    entriesOf: ({ toolset }) => entriesOf(toolset),
    generate: (admitted, access) => generate(admitted, minor, access),
    withoutDisplaced: (name, entry, override) => withoutDisplaced(name, entry, override, minor),
    assertAccepted,
    data: (final, key) => ({ [key]: renderYaml(written(final)) }),
    read: (data, key) => read(data[key]),
    isKnown: (section, name) => section === 'toolsets' && knownToolset(name, minor) !== null,
    isOnByDefault: (section, name) =>
      section === 'toolsets' && (knownToolset(name, minor)?.byDefault ?? Infinity) <= minor,
    complaints: (section, name, entry) => complaintsOf(section, name, entry, minor),
  };
}

/** Minor release of 0.x; a 1.0 is newer than all of them. */
function minorOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 0 ? Infinity : minor;
}

/** Whether this version can be told of several backends of a toolset. */
function knowsSeveral({ kind }: Shape, minor: number): boolean {
  return kind === 'instances' ? minor >= 32 : kind === 'http' || kind === 'clusters';
}

/**
 * HolmesGPT's toolset file for what was admitted. Built-in toolsets are off unless enabled in so many words.
 * `kubernetes/core` needs no endpoint, and keeps the file from being empty, which HolmesGPT refuses to load.
 */
function generate(admitted: readonly Candidate[], minor: number, access: Access): Generated {
  const entries = [...Map.groupBy(admitted, ({ toolset }) => toolset)].map(([toolset, backends]) => {
    const shape = shapeOf(toolset);
    const unusable = backends.flatMap((backend) => unusableFor(backend, shape, minor, access) ?? []);
    return { toolset, shape, unusable, entry: entryOf({ toolset, backends, shape, minor, access }, unusable) };
  });
  const named = (isServer: boolean): DataMap =>
    Object.fromEntries(
      entries
        .filter(({ shape }) => (shape.kind === 'mcp') === isServer)
        .flatMap(({ toolset, entry }) => entriesOf(toolset).map((name): [string, Data] => [name, entry])),
    );
  return {
    file: { toolsets: { 'kubernetes/core': { enabled: true }, ...named(false) }, mcp_servers: named(true) },
    unusable: entries.flatMap(({ unusable }) => unusable),
  };
}

/** What one entry is made of. */
interface Subject {
  readonly toolset: string;
  readonly backends: readonly Candidate[];
  readonly shape: Shape;
  readonly minor: number;
  readonly access: Access;
}

function entryOf(subject: Subject, unusable: readonly Unusable[]): DataMap {
  const { shape, backends } = subject;
  const [first] = backends;
  if (first?.detector.template !== undefined) return expandTemplate(first.detector.template as Data, first) as DataMap;
  const out = new Set(unusable.map(({ service }) => service));
  const usable = backends.filter(({ service }) => !out.has(keyOf(service)));
  const shown = usable.length > 0 ? usable : backends;
  return {
    enabled: usable.length > 0,
    ...described(shape, shown),
    ...configured({ ...subject, backends: shown }),
  };
}

/** Why HolmesGPT would only fail it as things are. A template of the user's own is the user's matter. */
function unusableFor(backend: Candidate, shape: Shape, minor: number, access: Access): Unusable | null {
  const { toolset, endpoint, needsCredential, detector } = backend;
  if (detector.template !== undefined) return null;
  const service = keyOf(backend.service);
  const isDenied = needsCredential || shape.needsCredential || minor < shape.toleratesDenialSince;
  const hasCredential = Object.keys(credentialOf(backend, access)).length > 0;
  if (isDenied && !hasCredential) {
    return {
      code: 'CREDENTIAL_MISSING',
      service,
      entries: entriesOf(toolset),
      message: `${toolset}: ${service} answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces`,
    };
  }
  if (shape.kind === 'clusters' && minor < listReferencesSince && hasCredential) {
    return {
      code: 'CREDENTIAL_MISSING',
      service,
      entries: entriesOf(toolset),
      message: `${toolset}: ${service} answers only with a credential, and HolmesGPT before 0.${String(listReferencesSince)} fills in none in a list of clusters; a newer HolmesGPT does`,
    };
  }
  if (shape.kind === 'none' || endpoint.scheme !== 'https' || !isInside(endpoint, access.clusterDomain)) return null;
  if (access.certificates === 'private' || (access.certificates === 'unverified' && minor >= verifyKeySince))
    return null;
  return {
    code: 'CERTIFICATE_UNTRUSTED',
    service,
    entries: entriesOf(toolset),
    message: `${toolset}: ${service} serves https with a certificate that HolmesGPT does not trust; give it the cluster's CA and set spec.target.certificates: private, or set unverified`,
  };
}

/** First minor release whose every toolset over https has `verify_ssl`. */
const verifyKeySince = 18;

/** First minor release that fills in `{{ env.X }}` in a list of a built-in toolset's config. */
const listReferencesSince = 25;

function credentialOf(backend: Candidate, { credentials, isTrusted }: Access): DataMap {
  return isTrustworthy(backend, isTrusted) ? (credentials[backend.toolset] ?? {}) : {};
}

/** `verify_ssl: false` where the settings say so; never beside a certificate that can be verified. */
function verification({ endpoint }: Candidate, minor: number, { certificates, clusterDomain }: Access): DataMap {
  const isSkipped = certificates === 'unverified' && minor >= verifyKeySince && isInside(endpoint, clusterDomain);
  return isSkipped && endpoint.scheme === 'https' ? { verify_ssl: false } : {};
}

function isInside({ host }: Candidate['endpoint'], clusterDomain: string): boolean {
  return host.endsWith(`.svc.${clusterDomain}`);
}

function described({ type, title }: Shape, backends: readonly Candidate[]): DataMap {
  if (title === null) return {};
  const where = backends.map(({ service }) => keyOf(service)).join(', ');
  return { description: `${title} of this cluster (${where})`, ...(type === null ? {} : { type }) };
}

function configured(subject: Subject): DataMap {
  const { shape, backends } = subject;
  const [first] = backends;
  if (!first) return {};
  switch (shape.kind) {
    case 'none':
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

/** One backend stands in `config` itself; several are `instances`, whose names HolmesGPT shows to the model. */
function instances({ toolset, backends, minor, access }: Subject): DataMap {
  const urlKey = urlKeyOf(toolset, minor);
  const headersKey = minor >= 20 ? 'additional_headers' : 'headers';
  const configs = backends.map((backend) => ({
    [urlKey]: urlOf(backend.endpoint),
    ...(asksPrometheusItself(toolset, backend, minor) ? { healthcheck: 'api/v1/query?query=up' } : {}),
    ...(backend.door.headers ? { [headersKey]: backend.door.headers } : {}),
    ...verification(backend, minor, access),
    ...credentialOf(backend, access),
  }));
  const [only] = configs;
  if (configs.length === 1 && only) return only;
  return { instances: configs.map((config, index) => ({ name: backends[index]?.instance ?? '', ...config })) };
}

/** Before 0.18 HolmesGPT asks for `/-/healthy`, which is Prometheus's own and nothing that only speaks its API has. */
function asksPrometheusItself(toolset: string, { endpoint }: Candidate, minor: number): boolean {
  return toolset === 'prometheus/metrics' && minor < 18 && endpoint.path !== '';
}

/** The key of a toolset's `config` that holds its URL. */
function urlKeyOf(toolset: string, minor: number): string {
  const { urlKey } = shapeOf(toolset);
  return urlKey === 'api_url' && minor < 20 ? 'url' : urlKey;
}

/** HolmesGPT fails the whole toolset where one endpoint is unhealthy: several are not asked at its start. */
function httpApi({ backends, shape, minor, access }: Subject): DataMap {
  const health = backends.length === 1 ? shape.health : null;
  return {
    endpoints: backends.map((backend) => httpEndpoint(backend, shape.paths, health, credentialOf(backend, access))),
    ...Object.fromEntries(backends.flatMap((backend) => Object.entries(verification(backend, minor, access)))),
  };
}

function httpEndpoint(
  { endpoint }: Candidate,
  paths: readonly string[],
  health: string | null,
  credential: DataMap,
): DataMap {
  const { scheme, host, port, path } = endpoint;
  return {
    hosts: [`${scheme}://${host}:${String(port)}`],
    paths: paths.map((one) => `${path}${one}`),
    methods: ['GET'],
    ...(health === null ? {} : { health_check_url: `${urlOf(endpoint)}${health}` }),
    ...(Object.keys(credential).length > 0 ? { auth: { type: authTypeOf(credential), ...credential } } : {}),
  };
}

/** Without a type HolmesGPT sends nothing. */
function authTypeOf(credential: DataMap): string {
  if ('token' in credential) return 'bearer';
  return 'value' in credential ? 'header' : 'basic';
}

/** Kafka's and RabbitMQ's, with the names that they had before 0.20. */
function clusters({ toolset, backends, minor, access }: Subject): DataMap {
  const isOld = minor < 20;
  if (toolset === 'kafka/admin') {
    const [listKey, prefix] = isOld ? ['kafka_clusters', 'kafka_'] : ['clusters', ''];
    const prefixed = (credential: DataMap): DataMap =>
      Object.fromEntries(
        Object.entries(credential).map(([key, value]) => [key.startsWith(prefix) ? key : `${prefix}${key}`, value]),
      );
    return {
      [listKey]: backends.map((backend) => ({
        name: backend.instance,
        [`${prefix}broker`]: `${backend.endpoint.host}:${String(backend.endpoint.port)}`,
        ...prefixed(credentialOf(backend, access)),
      })),
    };
  }
  return {
    clusters: backends.map((backend) => ({
      id: backend.instance,
      [isOld ? 'management_url' : 'api_url']: urlOf(backend.endpoint),
      ...verification(backend, minor, access),
      ...credentialOf(backend, access),
    })),
  };
}

/** As SQLAlchemy and pymongo write them. ClickHouse's driver is told of TLS in the query. */
function database(backend: Candidate, { minor, access }: Subject): DataMap {
  const { scheme, host, port } = backend.endpoint;
  const schemes: Readonly<Record<string, string>> = { mysql: 'mysql+pymysql', clickhouse: 'clickhouse+http' };
  const isTls = backend.toolset === 'clickhouse' && scheme === 'https';
  return {
    connection_url: `${schemes[backend.toolset] ?? scheme}://${host}:${String(port)}/${isTls ? '?protocol=https' : ''}`,
    ...verification(backend, minor, access),
    ...credentialOf(backend, access),
  };
}

function mcpServer(backend: Candidate, { minor, access }: Subject): DataMap {
  const mode = backend.endpoint.path.endsWith('/sse') ? 'sse' : 'streamable-http';
  return { url: urlOf(backend.endpoint), mode, ...verification(backend, minor, access) };
}

/** HolmesGPT lets `instances` win over a URL beside them: an override that sets the URL takes their place. */
function withoutDisplaced(name: string, entry: Data, override: Data | undefined, minor: number): Data {
  if (!isMap(entry) || !isMap(entry.config) || !isMap(override) || !isMap(override.config)) return entry;
  if (typeof override.config[urlKeyOf(name, minor)] !== 'string' || 'instances' in override.config) return entry;
  return { ...entry, config: merge(entry.config, { instances: null }) };
}

/** HolmesGPT ends the load of the whole file on `mcp_servers: null`, and on a file in which both maps are empty. */
function written({ toolsets, mcp_servers }: ToolsetFile): DataMap {
  return { toolsets, ...(Object.keys(mcp_servers).length > 0 ? { mcp_servers } : {}) };
}

function assertAccepted(final: ToolsetFile): void {
  if (Object.keys(final.toolsets).length + Object.keys(final.mcp_servers).length === 0) {
    throw new PluginError(
      'OUTPUT_INVALID',
      'overrides.yaml removes every toolset; HolmesGPT does not load an empty file',
      { hint: 'keep kubernetes/core and set enabled: false on it instead of null' },
    );
  }
  for (const section of ['toolsets', 'mcp_servers'] as const) assertNoDots(final[section], section);
}

/** HolmesGPT takes a dot in a key for a path, and ends the load of the whole file. */
function assertNoDots(data: Data | undefined, path: string): void {
  if (Array.isArray(data)) {
    for (const [index, item] of (data as readonly Data[]).entries()) assertNoDots(item, `${path}[${String(index)}]`);
  }
  if (!isMap(data)) return;
  for (const [key, value] of Object.entries(data)) {
    if (key.includes('.')) {
      throw new PluginError(
        'OUTPUT_INVALID',
        `${path} has the key ${JSON.stringify(key)}; HolmesGPT refuses keys with a dot`,
        { hint: 'rename the key in overrides.yaml, or in the template of the custom detector' },
      );
    }
    assertNoDots(value, `${path}.${key}`);
  }
}

/** As HolmesGPT reads it, a section that is not there is an empty one. */
function read(text: string | undefined): ToolsetFile | null {
  const data = text === undefined ? undefined : parseData(text);
  if (!isMap(data)) return null;
  const { toolsets = {}, mcp_servers = {} } = data;
  return isMap(toolsets) && isMap(mcp_servers) ? { toolsets, mcp_servers } : null;
}
