import * as z from 'zod';
import type { ConfigMapName } from '../cluster/types.ts';
import type { Json } from '../lib/json.ts';
import { isObject } from '../lib/json.ts';
import { ToolsetConfig } from '../settings/schema/index.ts';

/** What the annotation of a ConfigMap says. */
export interface DiscoverySettings {
  readonly spec: ToolsetConfig['spec'];
  /** As Git has them. */
  readonly written: Json;
}

/** Why the annotation cannot be used; `detail` names what the schema refuses. */
export interface UnusableSettings {
  readonly reason: 'SettingsTooLong' | 'SettingsNotJson' | 'SettingsInvalid';
  readonly detail: string;
}

/** No Git has more to say about a discovery; an edit by hand could be of any length. */
const maxLength = 256 * 1024;

/** Longest detail, in characters. */
const maxDetail = 200;

/**
 * Reads the annotation of a ConfigMap. An edit by hand, or a release that knows more settings, may have written
 * anything there, so it is checked as a file from Git is.
 */
export function readDiscoverySettings(
  annotation: string,
  { namespace, name }: ConfigMapName,
): DiscoverySettings | UnusableSettings {
  if (annotation.length > maxLength) return { reason: 'SettingsTooLong', detail: '' };
  const written = parse(annotation);
  if (written === null) return { reason: 'SettingsNotJson', detail: '' };
  const { success, data, error } = ToolsetConfig.safeParse({
    apiVersion: 'toolset.kubernaut.ai/v1alpha1',
    kind: 'ToolsetConfig',
    spec: { ...written, target: targetOf(written, { name, namespace }) },
  });
  if (success) return { spec: data.spec, written };
  const [first = ''] = z.prettifyError(error).split('\n');
  return { reason: 'SettingsInvalid', detail: first.slice(0, maxDetail) };
}

/** Anything but an object stays as it is, for the schema to refuse. */
function targetOf({ target = {} }: Json, configMap: ConfigMapName): unknown {
  return isObject(target) ? { ...target, configMap } : target;
}

function parse(json: string): Json | null {
  try {
    const value = JSON.parse(json) as unknown;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
