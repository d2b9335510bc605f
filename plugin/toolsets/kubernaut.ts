import { PluginError } from '../errors.ts';
import type { Candidate } from '../discovery/decision.ts';
import { isTrustworthy, keyOf, urlOf } from '../discovery/decision.ts';
import type { Access, Complaint, Consumer, Generated, Unusable } from './consumer.ts';
import { parseData } from './parse-data.ts';
import { renderYaml } from './render.ts';
import { expandTemplate } from './template.ts';
import type { Data, DataMap } from '../settings/data.ts';
import type { ToolsetFile } from './toolset.ts';
import { isMap } from '../settings/data.ts';

const suffix = '-toolset.yaml';
const overridesKey = 'overrides.yaml';
/** Of a ConfigMap. */
const maxKey = 253;

/** Types as the original service names them, where HolmesGPT's toolset is called otherwise. */
const types: Readonly<Record<string, string>> = {
  'argocd/core': 'argocd',
  'elasticsearch/data': 'elasticsearch',
  'grafana/dashboards': 'grafana',
  'grafana/loki': 'loki',
  'grafana/tempo': 'tempo',
  'jaeger/tracing': 'jaeger',
  'kafka/admin': 'kafka',
  'prometheus/metrics': 'prometheus',
  'rabbitmq/core': 'rabbitmq',
};

const common = {
  sections: 'top',
  knows: () => true,
  isKnown: () => false,
  isOnByDefault: () => false,
  withoutDisplaced: (_name: string, entry: Data) => entry,
} as const;

/** Kubernaut, one key of the ConfigMap for each type of toolset, and `overrides.yaml` as it is in Git beside them. */
export const kubernaut: Consumer = {
  ...common,
  title: 'Kubernaut',
  several: () => false,
  entriesOf: (backend) => [typeNameOf(backend)],
  generate: (admitted, access) => {
    const cluster = { toolset: 'kubernetes', enabled: true, config: { incluster: true, namespaces: ['*'] } };
    return generated(admitted, access, { kubernetes: cluster }, typeNameOf, (backend, usable) =>
      ownToolset(backend, usable, access),
    );
  },
  assertAccepted: ({ toolsets }) => {
    for (const name of Object.keys(toolsets)) assertKey(name);
  },
  data: ({ toolsets }, _key, overrides) => ({
    ...Object.fromEntries(
      Object.entries(toolsets).map(([name, entry]): [string, string] => [
        `${name}${suffix}`,
        renderYaml({ toolset: name, ...(entry as DataMap) }),
      ]),
    ),
    ...(overrides === null ? {} : { [overridesKey]: overrides }),
  }),
  read: readTypes,
  complaints: () => [],
};

/** Kubernaut, one list of tools in JSON. An entry's name is `namespace/name` of the Service, or the tool's own name. */
export const kubernautJson: Consumer = {
  ...common,
  title: 'Kubernaut (JSON)',
  several: () => true,
  entriesOf: (backend) => [toolNameOf(backend)],
  generate: (admitted, access) =>
    generated(admitted, access, {}, toolNameOf, (backend, usable) => (usable ? tool(backend, access) : null)),
  assertAccepted: () => undefined,
  data: ({ toolsets }, key) => {
    const shown = Object.entries(toolsets).filter(([, entry]) => isMap(entry) && entry.enabled !== false);
    const tools = shown.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => named(name, entry as DataMap));
    return { [key]: `${JSON.stringify({ tools }, null, 2)}\n` };
  },
  read: (data, key) => readTools(data[key]),
  complaints: (_section, _name, entry) =>
    entry.enabled === false ? [] : missing(entry, ['type', 'endpoint', 'description']),
};

function generated(
  admitted: readonly Candidate[],
  access: Access,
  always: DataMap,
  nameOf: (backend: Candidate) => string,
  entryOf: (backend: Candidate, usable: boolean) => DataMap | null,
): Generated {
  const all = admitted.map((backend) => ({ backend, name: nameOf(backend), unusable: unusableFor(backend, access) }));
  const entries = all.flatMap(({ backend, name, unusable }): [string, Data][] => {
    const entry = entryOf(backend, unusable === null);
    return entry === null ? [] : [[name, entry]];
  });
  return {
    file: { toolsets: { ...always, ...Object.fromEntries(entries) }, mcp_servers: {} },
    unusable: all.flatMap(({ name, unusable }) => (unusable ? [{ ...unusable, entries: [name] }] : [])),
  };
}

function typeNameOf({ toolset }: Candidate): string {
  return typeOf(toolset);
}

function toolNameOf({ service }: Candidate): string {
  return keyOf(service);
}

/** With dots, which no namespace has: `a-b/c` and `a/b-c` must not be one. */
function typeOf(toolset: string): string {
  return (Object.hasOwn(types, toolset) ? types[toolset] : undefined) ?? toolset.replaceAll('/', '.');
}

/** A template of the user's own is the user's matter. */
function unusableFor(backend: Candidate, access: Access): Omit<Unusable, 'entries'> | null {
  const { needsCredential, detector } = backend;
  if (!needsCredential || detector.template !== undefined) return null;
  if (Object.keys(credentialOf(backend, access)).length > 0) return null;
  const service = keyOf(backend.service);
  return {
    code: 'CREDENTIAL_MISSING',
    service,
    message: `${typeOf(backend.toolset)}: ${service} answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces`,
  };
}

/** By the type's name, or by that of HolmesGPT's toolset. */
function credentialOf(backend: Candidate, { credentials, isTrusted }: Access): Readonly<Record<string, string>> {
  if (!isTrustworthy(backend, isTrusted)) return {};
  return credentials[typeOf(backend.toolset)] ?? credentials[backend.toolset] ?? {};
}

function ownToolset(backend: Candidate, enabled: boolean, access: Access): DataMap {
  const { detector, door, endpoint, service, toolset } = backend;
  if (detector.template !== undefined) return expandTemplate(detector.template as Data, backend) as DataMap;
  return {
    toolset: typeOf(toolset),
    enabled,
    config: {
      url: urlOf(endpoint),
      namespace: service.namespace,
      ...(door.headers ? { headers: door.headers } : {}),
      ...credentialOf(backend, access),
    },
  };
}

/** `metadata` is a map of texts: what a query at this door needs stands in it too. */
function tool(backend: Candidate, access: Access): DataMap {
  const { detector, door, endpoint, service, toolset } = backend;
  if (detector.template !== undefined) return expandTemplate(detector.template as Data, backend) as DataMap;
  return {
    type: typeOf(toolset),
    endpoint: urlOf(endpoint),
    description: `${detector.title} of this cluster (${keyOf(service)})`,
    metadata: { detector: detector.id, ...door.headers, ...credentialOf(backend, access) },
  };
}

function named(key: string, { enabled: _, ...entry }: DataMap): DataMap {
  const slash = key.indexOf('/');
  return slash === -1
    ? { name: key, ...entry }
    : { name: key.slice(slash + 1), namespace: key.slice(0, slash), ...entry };
}

/** A ConfigMap takes no other characters in its keys. */
function assertKey(name: string): void {
  if (/^[-._a-zA-Z0-9]+$/.test(name) && name.length + suffix.length <= maxKey) return;
  throw new PluginError(
    'OUTPUT_INVALID',
    `the toolset ${JSON.stringify(name.slice(0, 80))} cannot be a key of the ConfigMap`,
    {
      hint: 'Kubernaut has a key for each toolset: name it with letters, digits, -, _ and ., at most 240',
    },
  );
}

function missing(entry: DataMap, keys: readonly string[]): Complaint[] {
  return keys
    .filter((key) => typeof entry[key] !== 'string' || entry[key] === '')
    .map((key) => ({
      path: [],
      part: 'key',
      effect: 'incomplete',
      message: `has no ${key}, which Kubernaut requires of a tool`,
      hint: `add ${key}`,
    }));
}

function readTypes(data: Readonly<Record<string, string>>): ToolsetFile | null {
  const entries = Object.entries(data)
    .filter(([key]) => key.endsWith(suffix))
    .map(([key, text]) => [key.slice(0, -suffix.length), parseData(text)] as const);
  if (entries.length === 0 || entries.some(([, entry]) => !isMap(entry))) return null;
  return { toolsets: Object.fromEntries(entries) as DataMap, mcp_servers: {} };
}

function readTools(text: string | undefined): ToolsetFile | null {
  const data = text === undefined ? undefined : parseData(text);
  if (!isMap(data) || !Array.isArray(data.tools)) return null;
  const tools = (data.tools as readonly Data[]).filter(isMap);
  const entries = tools.map(({ name, namespace, ...entry }): [string, Data] => {
    const own = typeof name === 'string' ? name : JSON.stringify(name);
    return [typeof namespace === 'string' ? `${namespace}/${own}` : own, entry];
  });
  return { toolsets: Object.fromEntries(entries), mcp_servers: {} };
}
