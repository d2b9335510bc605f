import { createHash } from 'node:crypto';
import type { LiveConfigMap } from '../../cluster/types.ts';
import type { Json } from '../../lib/json.ts';
import { reachableCheck } from '../../discovery/fleet/cluster-spec.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import { digestAnnotation, settingsAnnotation } from '../../customizations/discovery-settings.ts';
import { readDiscoverySettings } from '../../customizations/read-discovery-settings.ts';
import type { ManagedConfigMap } from './managed-config-map.ts';
import { configMapProblem } from '../reasons.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** The annotations of a generated ConfigMap: enough to repeat its discovery. */
export interface ConfigMapMetadata {
  readonly live: LiveConfigMap;
  readonly spec: ToolsetConfig['spec'];
  /** The settings of the discovery as written in Git, without defaults. */
  readonly written: Json;
  /** Equal for ConfigMaps with equal settings. */
  readonly settingsId: string;
  /** Digest of the discovery that the ConfigMap was generated from. */
  readonly digest: string;
}

/** Parses the annotations of a ConfigMap, which are untrusted: any writer of the ConfigMap can set them. */
export function readConfigMapMetadata({
  namespace,
  name,
  annotations,
  rememberedAt,
}: ManagedConfigMap): ConfigMapMetadata | { readonly problem: ConfigMapProblem } {
  const { [digestAnnotation]: digest, [settingsAnnotation]: settings } = annotations;
  if (digest === undefined || settings === undefined) {
    const missing = digest === undefined ? digestAnnotation : settingsAnnotation;
    return { problem: configMapProblem('AnnotationMissing', { annotation: missing }) };
  }
  const read = readDiscoverySettings(settings, { namespace, name });
  if ('reason' in read)
    return { problem: configMapProblem(read.reason, { annotation: settingsAnnotation, error: read.detail }) };
  const live = { annotations, data: {}, ...(rememberedAt === undefined ? {} : { rememberedAt }) };
  return { live, ...read, spec: reachable(read.spec), settingsId: idOf(settings), digest };
}

/**
 * As in `generate`: names of another cluster's Services are not asked from here, where they may mean other Services.
 */
function reachable(spec: ToolsetConfig['spec']): ToolsetConfig['spec'] {
  const { cluster, health } = spec;
  return cluster === undefined ? spec : { ...spec, health: { ...health, check: reachableCheck(spec) } };
}

const parsed = new WeakMap<ManagedConfigMap, ReturnType<typeof readConfigMapMetadata>>();

/** Parses the annotations once per version of the ConfigMap. */
export function metadataOf(configMap: ManagedConfigMap): ReturnType<typeof readConfigMapMetadata> {
  const metadata = parsed.get(configMap) ?? readConfigMapMetadata(configMap);
  parsed.set(configMap, metadata);
  return metadata;
}

function idOf(settings: string): string {
  return createHash('sha256').update(settings).digest('base64url');
}
