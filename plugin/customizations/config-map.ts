import { createHash } from 'node:crypto';
import type { Candidate } from '../discovery/decision.ts';
import type { SelectionResult } from '../discovery/selection/select-backends.ts';
import { sourcesAnnotation } from '../cluster/sources-annotation.ts';
import { writeSources } from '../discovery/selection/previous-sources.ts';
import { writeStatus } from '../discovery/phase.ts';
import { PluginError } from '../lib/errors.ts';
import { keyOf, sortedByKey } from '../lib/object-key.ts';
import type { Settings } from '../settings/settings.ts';
import type { Data } from '../lib/json.ts';
import { sortedDeep } from '../lib/json.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { overridesAnnotations } from './overrides-annotation.ts';
import type { CustomizedFile } from './overrides-annotation.ts';
import { warningAnnotations } from './warnings-annotation.ts';
import type { Customizations } from './apply.ts';
import { digestAnnotation, settingsAnnotation, settingsLines, writeDiscoverySettings } from './discovery-settings.ts';
import type { Consumer, Generated, ToolsetFile } from '../consumers/consumer.ts';
import { compose } from '../lib/data/merge-patch.ts';
import { renderManifest, renderYaml } from '../lib/data/yaml-writer.ts';

/** Number of Services in the ConfigMap, and of those that wait for health or proof, for a quick look. */
const statusAnnotation = 'kubernaut.io/toolset-status';

/** The API server accepts 1 MiB for the whole object in etcd; the original service promised to stay below this. */
const maxBytes = 900 * 1024;

export interface ConfigMapInputs {
  readonly settings: Settings;
  readonly consumer: Consumer;
  readonly customizations: Customizations;
  readonly discovery: Pick<SelectionResult, 'admitted' | 'sources'>;
  /** Before overrides: the digest covers this. */
  readonly generated: Generated;
  readonly final: ToolsetFile;
  /** How Git changed `generated` into `final`. */
  readonly provenance: CustomizedFile['provenance'];
  readonly warnings: readonly Diagnostic[];
}

/** The manifest that Argo CD applies, as an object. */
export interface ConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<string, string>>;
}

/** The manifest that Argo CD applies: same inputs, same bytes. Throws OUTPUT_* rather than print an invalid one. */
export function renderConfigMap(inputs: ConfigMapInputs): string {
  return bounded(renderManifest(configMapOf(inputs)), inputs.final);
}

/** The same before it is written as YAML. */
export function configMapOf({
  settings,
  consumer,
  customizations,
  discovery: { admitted, sources },
  generated,
  final,
  provenance,
  warnings,
}: ConfigMapInputs): ConfigMap {
  assertNoTemplates(admitted);
  consumer.assertAccepted(final);
  const { name, namespace, key, labels, annotations } = settings.spec.target.configMap;
  const { written, room } = writtenSettings(settings, annotations);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: sortedByKey({
        ...labels,
        'app.kubernetes.io/component': 'toolset-config',
        'app.kubernetes.io/managed-by': 'dynamic-toolset',
        'app.kubernetes.io/name': 'dynamic-toolset',
      }),
      annotations: sortedByKey({
        ...annotations,
        [digestAnnotation]: digestOf(settings, generated.file),
        [settingsAnnotation]: written,
        [sourcesAnnotation]: writeSources(sources),
        ...overridesAnnotations({ generated, final, provenance }, room),
        [statusAnnotation]: writeStatus(sources),
        ...warningAnnotations(warnings),
      }),
    },
    data: sortedByKey(consumer.data(final, key, textOf(customizations))),
  };
}

/**
 * The API server accepts 256 KB of annotations. Sources of untrusted backends take less than 200 KB, warnings less than
 * 15 KB; what Git adds has the rest, so that no tenant's Service decides whether the ConfigMap is accepted.
 */
const maxSettingsBytes = 40 * 1024;

/** The settings annotation, and the room that it leaves; written in one line where several have no room. */
function writtenSettings(
  settings: Settings,
  annotations: Readonly<Record<string, string>>,
): { readonly written: string; readonly room: number } {
  const compact = writeDiscoverySettings(settings);
  const others = Buffer.byteLength(Object.entries(annotations).flat().join(''));
  for (const written of [settingsLines(compact), compact]) {
    const room = maxSettingsBytes - others - Buffer.byteLength(written);
    if (room >= 0) return { written, room };
  }
  const bytes = others + Buffer.byteLength(compact);
  const [size, limit] = [String(Math.ceil(bytes / 1024)), String(maxSettingsBytes / 1024)];
  throw new PluginError(
    'OUTPUT_TOO_LARGE',
    `the settings of toolset.yaml would take ${size} KB of the ConfigMap's annotations, more than ${limit} KB`,
    { hint: 'shorten the templates of spec.customDetectors, or spec.target.configMap.annotations' },
  );
}

/** Git's overrides as written; several files, which cannot be one, are concatenated. */
function textOf({ overrides }: Customizations): string | null {
  if (overrides.length === 0) return null;
  const [only] = overrides;
  if (overrides.length === 1 && only) return only.file.text;
  return renderYaml(overrides.reduce<Data>((all, { sections }) => compose(all, sections.toolsets ?? {}), {}));
}

/** SHA-256 of the admitted backends and their settings: equal as long as neither changes. */
export function digestOf(settings: Pick<Settings, 'written' | 'spec'>, generated: ToolsetFile): string {
  const discovery = writeDiscoverySettings(settings);
  const canonical = JSON.stringify([discovery, sortedDeep(generated.toolsets), sortedDeep(generated.mcp_servers)]);
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
}

/** Templates may come from Git, never from the cluster: the consumer would fill `{{ env.X }}` with its secrets. */
function assertNoTemplates(admitted: readonly Candidate[]): void {
  for (const { service, instance, endpoint } of admitted) {
    const template = [keyOf(service), instance, endpoint.host, endpoint.path].find((text) => /\{[{%#]/.test(text));
    if (template === undefined) continue;
    throw new PluginError(
      'OUTPUT_INVALID',
      `the Service ${JSON.stringify(keyOf(service).slice(0, 80))} holds a template: ${JSON.stringify(template.slice(0, 80))}`,
      { hint: 'check its name and annotations: templates are allowed only in Git' },
    );
  }
}

/**
 * Throws OUTPUT_TOO_LARGE for what would be refused anyway once it is written: YAML of twice the limit, or templates
 * expanded for hundreds of Services, would waste time and memory.
 */
export function assertPrintable(file: ToolsetFile): void {
  const characters = JSON.stringify(file).length;
  if (characters > 2 * maxBytes) throw tooLarge(characters, file);
}

function bounded(manifest: string, final: ToolsetFile): string {
  const bytes = Buffer.byteLength(manifest);
  if (bytes <= maxBytes) return manifest;
  throw tooLarge(bytes, final);
}

function tooLarge(bytes: number, final: ToolsetFile): PluginError {
  const sizes = Object.entries(final.toolsets).map(
    ([name, toolset]) => [name, JSON.stringify(toolset).length] as const,
  );
  const largest = sizes.sort(([, a], [, b]) => b - a).slice(0, 3);
  const named = largest.map(([name, size]) => `${name} (${String(Math.ceil(size / 1024))} KB)`).join(', ');
  return new PluginError(
    'OUTPUT_TOO_LARGE',
    `the ConfigMap would have ${String(Math.ceil(bytes / 1024))} KB, more than ${String(maxBytes / 1024)} KB; largest: ${named}`,
    { hint: 'narrow spec.discovery.namespaces, set spec.discovery.instances: best, or shorten overrides.yaml' },
  );
}
