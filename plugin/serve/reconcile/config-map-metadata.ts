import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ConfigMapName, LiveConfigMap } from '../../cluster/types.ts';
import { isObject } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { ToolsetConfig } from '../../settings/schema/index.ts';
import { digestAnnotation, settingsAnnotation } from '../../customizations/config-map.ts';
import type { ManagedConfigMap } from './managed-config-map.ts';
import { configMapProblem } from '../reasons.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** What a generated ConfigMap says of itself: enough to repeat the discovery that it came from. */
export interface ConfigMapMetadata {
  readonly live: LiveConfigMap;
  readonly spec: ToolsetConfig['spec'];
  /** The settings that decide the discovery, as Git has them. */
  readonly written: Json;
  /** Equal for ConfigMaps with equal settings. */
  readonly settingsId: string;
  /** Of the discovery result that it was made from. */
  readonly digest: string;
}

/** No Git has more to say about a discovery; what a hand puts there could be anything. */
const maxSettings = 256 * 1024;

/**
 * Reads the contract of a ConfigMap, or says why it holds none: its annotations were edited by hand, or written by a
 * release that knows more settings. Whoever may write the ConfigMap may write anything here.
 */
export function readConfigMapMetadata({
  namespace,
  name,
  annotations,
}: ManagedConfigMap): ConfigMapMetadata | { readonly problem: ConfigMapProblem } {
  const { [digestAnnotation]: digest, [settingsAnnotation]: settings } = annotations;
  if (digest === undefined || settings === undefined) {
    const missing = digest === undefined ? digestAnnotation : settingsAnnotation;
    return { problem: configMapProblem('AnnotationMissing', missing) };
  }
  if (settings.length > maxSettings) return { problem: configMapProblem('SettingsTooLong', settingsAnnotation) };
  const written = parse(settings);
  if (written === null) return { problem: configMapProblem('SettingsNotJson', settingsAnnotation) };
  const parsed = ToolsetConfig.safeParse({
    apiVersion: 'toolset.kubernaut.ai/v1alpha1',
    kind: 'ToolsetConfig',
    spec: { ...written, target: targetOf(written, { name, namespace }) },
  });
  if (!parsed.success) {
    const [first] = z.prettifyError(parsed.error).split('\n');
    return { problem: configMapProblem('SettingsInvalid', settingsAnnotation, (first ?? '').slice(0, 200)) };
  }
  const { spec } = parsed.data;
  return { live: { annotations, data: {} }, spec, written, settingsId: idOf(settings), digest };
}

/** What is no object stays as it is, for the schema to refuse. */
function targetOf({ target = {} }: Json, configMap: ConfigMapName): unknown {
  return isObject(target) ? { ...target, configMap } : target;
}

function idOf(settings: string): string {
  return createHash('sha256').update(settings).digest('base64url');
}

function parse(json: string): Json | null {
  try {
    const value = JSON.parse(json) as unknown;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
