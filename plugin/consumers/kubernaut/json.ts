import type { Candidate } from '../../discovery/decision.ts';
import { urlOf } from '../../discovery/decision.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isList, isMap } from '../../lib/json.ts';
import type { Consumer, ConsumerIssue, CredentialPolicy, ToolsetFile } from '../consumer.ts';
import { otherNames, shownEntries } from '../consumer.ts';
import { common, credentialOf, generated, typeOf } from './common.ts';
import { parseData } from '../../lib/data/yaml11-reader.ts';
import { ownEntryOf } from '../template.ts';

/** Kubernaut with one list of tools in JSON. An entry is named `namespace/name` of the Service, or like the tool. */
export const kubernautJson: Consumer = {
  ...common,
  title: 'Kubernaut (JSON)',
  supportsMultiple: () => true,
  entriesOf: (backend) => [toolNameOf(backend)],
  generate: (admitted, access) =>
    generated(admitted, access, toolNameOf, (backend, usable) => (usable ? tool(backend, access) : null)),
  assertAccepted: () => undefined,
  data: ({ toolsets }, key) => {
    const tools = shownEntries(toolsets).map(([name, entry]) => named(name, entry));
    return { [key]: `${JSON.stringify({ tools }, null, 2)}\n` };
  },
  read: (data, key) => readTools(getOwn(data, key)),
  validateEntry: (_section, _name, entry) =>
    entry.enabled === false ? [] : missing(entry, ['type', 'endpoint', 'description']),
  validateNames: (file) => otherNames(file, nameIn),
};

function toolNameOf({ service }: Candidate): string {
  return keyOf(service);
}

/** `metadata` is a map of strings; it also holds the headers that a query at this entry point needs. */
function tool(backend: Candidate, access: CredentialPolicy): DataMap {
  const { detector, entryPoint, endpoint, service, toolset } = backend;
  const own = ownEntryOf(backend);
  if (own) return own;
  return {
    type: typeOf(toolset),
    endpoint: urlOf(endpoint),
    description: `${detector.title} of ${service.cluster === undefined ? 'this cluster' : 'several clusters'} (${keyOf(service)})`,
    metadata: { detector: detector.id, ...entryPoint.headers, ...credentialOf(backend, access) },
  };
}

function named(key: string, { enabled: _, name: _name, namespace: _namespace, ...entry }: DataMap): DataMap {
  const { name, namespace } = nameIn(key);
  return { name, ...(namespace === undefined ? {} : { namespace }), ...entry };
}

/** Splits `namespace/name`, or a name alone. */
function nameIn(key: string): { readonly name: string; readonly namespace: string | undefined } {
  const slash = key.indexOf('/');
  return { name: key.slice(slash + 1), namespace: slash === -1 ? undefined : key.slice(0, slash) };
}

function missing(entry: DataMap, keys: readonly string[]): ConsumerIssue[] {
  return keys
    .filter((key) => typeof getOwn(entry, key) !== 'string' || getOwn(entry, key) === '')
    .map((key) => ({
      path: [],
      part: 'key',
      effect: 'incomplete',
      message: `has no ${key}, which Kubernaut requires of a tool`,
      hint: `add ${key}`,
    }));
}

function readTools(text: string | undefined): ToolsetFile | null {
  const data = text === undefined ? undefined : parseData(text);
  if (!isMap(data) || !isList(data.tools)) return null;
  const tools = data.tools.filter(isMap);
  const entries = tools.flatMap(({ name, namespace, ...entry }): [string, Data][] => {
    if (name === undefined) return [];
    const own = typeof name === 'string' ? name : JSON.stringify(name);
    return [[typeof namespace === 'string' ? `${namespace}/${own}` : own, entry]];
  });
  return { toolsets: Object.fromEntries(entries), mcp_servers: {} };
}
