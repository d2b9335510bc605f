import { PluginError } from '../../lib/errors.ts';
import type { Candidate } from '../../discovery/decision.ts';
import { urlOf } from '../../discovery/decision.ts';
import type { DataMap } from '../../lib/json.ts';
import { isMap } from '../../lib/json.ts';
import type { Consumer, CredentialPolicy, ToolsetFile } from '../consumer.ts';
import { otherNames } from '../consumer.ts';
import { common, credentialOf, generated, typeOf } from './common.ts';
import { parseData } from '../../lib/data/yaml11-reader.ts';
import { renderYaml } from '../../lib/data/yaml-writer.ts';
import { ownEntryOf } from '../template.ts';

const suffix = '-toolset.yaml';
const overridesKey = 'overrides.yaml';
/** Maximum length of a ConfigMap's key. */
const maxKey = 253;

/** Kubernaut with one ConfigMap key for each type of toolset, and `overrides.yaml` unchanged from Git beside them. */
export const kubernaut: Consumer = {
  ...common,
  title: 'Kubernaut',
  supportsMultiple: () => false,
  entriesOf: (backend) => [typeNameOf(backend)],
  generate: (admitted, access) => {
    const cluster = { toolset: 'kubernetes', enabled: true, config: { incluster: true, namespaces: ['*'] } };
    const { file, unusable } = generated(admitted, access, typeNameOf, (backend, usable) =>
      ownToolset(backend, usable, access),
    );
    return { file: { ...file, toolsets: { kubernetes: cluster, ...file.toolsets } }, unusable };
  },
  assertAccepted: ({ toolsets }) => {
    for (const name of Object.keys(toolsets)) assertKey(name);
  },
  data: ({ toolsets }, _key, overrides) => ({
    ...Object.fromEntries(
      Object.entries(toolsets).map(([name, entry]): [string, string] => [
        `${name}${suffix}`,
        renderYaml({ ...(entry as DataMap), toolset: name }),
      ]),
    ),
    ...(overrides === null ? {} : { [overridesKey]: overrides }),
  }),
  read: readTypes,
  validateEntry: () => [],
  validateNames: (file) => otherNames(file, (name) => ({ toolset: name })),
};

function typeNameOf({ toolset }: Candidate): string {
  return typeOf(toolset);
}

function ownToolset(backend: Candidate, enabled: boolean, access: CredentialPolicy): DataMap {
  const { entryPoint, endpoint, service, toolset } = backend;
  const own = ownEntryOf(backend);
  if (own) return own;
  return {
    toolset: typeOf(toolset),
    enabled,
    config: {
      url: urlOf(endpoint),
      namespace: service.namespace,
      ...(entryPoint.headers ? { headers: entryPoint.headers } : {}),
      ...credentialOf(backend, access),
    },
  };
}

/** ConfigMap keys allow no other characters, and no two dots at the start. */
function assertKey(name: string): void {
  if (/^(?!\.\.)[-._a-zA-Z0-9]+$/.test(name) && name.length + suffix.length <= maxKey) return;
  throw new PluginError(
    'OUTPUT_INVALID',
    `the toolset ${JSON.stringify(name.slice(0, 80))} cannot be a key of the ConfigMap`,
    {
      hint: 'Kubernaut has a key for each toolset: name it with letters, digits, -, _ and ., at most 240, and no .. in front',
    },
  );
}

function readTypes(data: Readonly<Record<string, string>>): ToolsetFile | null {
  const entries = Object.entries(data)
    .filter(([key]) => key.endsWith(suffix))
    .map(([key, text]) => [key.slice(0, -suffix.length), parseData(text)] as const);
  if (entries.length === 0 || entries.some(([, entry]) => !isMap(entry))) return null;
  return { toolsets: Object.fromEntries(entries) as DataMap, mcp_servers: {} };
}
