import { createHash } from 'node:crypto';
import type { Candidate } from '../discovery/decision.ts';
import { keyOf } from '../discovery/decision.ts';
import { sourcesAnnotation, writeSources } from '../discovery/sources.ts';
import { PluginError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { renderManifest, renderYaml } from './render.ts';
import type { Data, DataMap, ToolsetFile } from './toolset.ts';
import { isMap } from './toolset.ts';

export const digestAnnotation = 'kubernaut.io/toolset-digest';
export const settingsAnnotation = 'kubernaut.io/toolset-settings';

/** The API server takes 1 MiB for the whole object in etcd; the original service promised to stay below this. */
const maxBytes = 900 * 1024;

export interface ConfigMapInputs {
  readonly settings: Settings;
  readonly admitted: readonly Candidate[];
  /** Before overrides: what the digest is of. */
  readonly generated: ToolsetFile;
  readonly final: ToolsetFile;
}

/** The manifest that Argo CD applies: same inputs, same bytes. Refused with OUTPUT_* rather than printed wrong. */
export function renderConfigMap({ settings, admitted, generated, final }: ConfigMapInputs): string {
  assertNoTemplates(admitted);
  assertAccepted(final);
  const { name, namespace, key, labels, annotations } = settings.spec.target.configMap;
  const discovery = discoverySettings(settings);
  const manifest = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: sorted({
        ...labels,
        'app.kubernetes.io/component': 'toolset-config',
        'app.kubernetes.io/managed-by': 'dynamic-toolset',
        'app.kubernetes.io/name': 'dynamic-toolset',
      }),
      annotations: sorted({
        ...annotations,
        [digestAnnotation]: digestOf(discovery, generated),
        [settingsAnnotation]: discovery,
        [sourcesAnnotation]: writeSources(admitted),
      }),
    },
    data: { [key]: renderYaml(toolsetData(final)) },
  };
  return bounded(renderManifest(manifest), final);
}

/** SHA-256 of what was admitted and under which settings: equal as long as nothing of it changes. */
function digestOf(discovery: string, generated: ToolsetFile): string {
  const canonical = JSON.stringify([discovery, sortedDeep(generated.toolsets), sortedDeep(generated.mcp_servers)]);
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
}

/** What decides the discovery, as written in Git, without defaults: enough to repeat it without Git. */
function discoverySettings({ written, spec }: Settings): string {
  const { discovery, health, detectors, customDetectors, credentials, trust } = written as Record<
    string,
    Data | undefined
  >;
  const target = { format: spec.target.format, version: spec.target.version };
  return JSON.stringify(
    sortedDeep(
      JSON.parse(JSON.stringify({ target, discovery, health, detectors, customDetectors, credentials, trust })) as Data,
    ),
  );
}

/** HolmesGPT ends the load of the whole file on `mcp_servers: null`, and on a file in which both maps are empty. */
function toolsetData({ toolsets, mcp_servers }: ToolsetFile): DataMap {
  return { toolsets, ...(Object.keys(mcp_servers).length > 0 ? { mcp_servers } : {}) };
}

function assertAccepted(final: ToolsetFile): void {
  if (Object.keys(final.toolsets).length + Object.keys(final.mcp_servers).length === 0) {
    throw new PluginError(
      'OUTPUT_INVALID',
      'overrides.yaml removes every toolset; HolmesGPT does not load an empty file',
      {
        hint: 'keep kubernetes/core and set enabled: false on it instead of null',
      },
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

/** A template may come from Git, never from the cluster: `{{ env.X }}` would be filled with the consumer's secrets. */
function assertNoTemplates(admitted: readonly Candidate[]): void {
  for (const { service, instance, endpoint } of admitted) {
    const template = [keyOf(service), instance, endpoint.host].find((text) => /\{[{%#]/.test(text));
    if (template === undefined) continue;
    throw new PluginError(
      'OUTPUT_INVALID',
      `the Service ${JSON.stringify(keyOf(service).slice(0, 80))} holds a template: ${JSON.stringify(template.slice(0, 80))}`,
      { hint: 'look at its name and annotations: templates may stand in Git only' },
    );
  }
}

function bounded(manifest: string, final: ToolsetFile): string {
  const bytes = Buffer.byteLength(manifest);
  if (bytes <= maxBytes) return manifest;
  const sizes = Object.entries(final.toolsets).map(
    ([name, toolset]) => [name, JSON.stringify(toolset).length] as const,
  );
  const largest = sizes.sort(([, a], [, b]) => b - a).slice(0, 3);
  const named = largest.map(([name, size]) => `${name} (${String(Math.ceil(size / 1024))} KB)`).join(', ');
  throw new PluginError(
    'OUTPUT_TOO_LARGE',
    `the ConfigMap would have ${String(Math.ceil(bytes / 1024))} KB, more than ${String(maxBytes / 1024)} KB; largest: ${named}`,
    { hint: 'narrow spec.discovery.namespaces, set spec.discovery.instances: best, or shorten overrides.yaml' },
  );
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sortedDeep(data: Data): Data {
  if (Array.isArray(data)) return (data as readonly Data[]).map(sortedDeep);
  if (!isMap(data)) return data;
  return sorted(Object.fromEntries(Object.entries(data).map(([key, value]) => [key, sortedDeep(value)])));
}
