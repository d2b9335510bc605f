import * as z from 'zod';
import type { ConfigMapName } from '../cluster/types.ts';
import type { Json } from '../lib/json.ts';
import { isObject } from '../lib/json.ts';
import { configHeader, ToolsetConfig } from '../settings/schema/index.ts';

/** The content of a ConfigMap's settings annotation. */
export interface DiscoverySettings {
  readonly spec: ToolsetConfig['spec'];
  /** The settings as written in Git. */
  readonly written: Json;
}

/** Why the annotation cannot be used; `detail` names what the schema rejects. */
export interface UnusableSettings {
  readonly reason: 'SettingsTooLong' | 'SettingsNotJson' | 'SettingsInvalid';
  readonly detail: string;
}

/** Longer than any settings from Git; a manual edit could have any length. */
const maxLength = 256 * 1024;

/** Maximum length of a detail, in characters. */
const maxDetail = 200;

/**
 * Reads the settings annotation of a ConfigMap. A manual edit, or a newer release with more settings, may have written
 * anything, so it is checked like a file from Git.
 */
export function readDiscoverySettings(
  annotation: string,
  { namespace, name }: ConfigMapName,
): DiscoverySettings | UnusableSettings {
  if (annotation.length > maxLength) return { reason: 'SettingsTooLong', detail: '' };
  const written = parse(annotation);
  if (written === null) return { reason: 'SettingsNotJson', detail: '' };
  const { success, data, error } = ToolsetConfig.safeParse({
    ...configHeader,
    spec: { ...written, target: targetOf(written, { name, namespace }) },
  });
  if (success) return { spec: data.spec, written };
  const [first = ''] = z.prettifyError(error).split('\n');
  return { reason: 'SettingsInvalid', detail: first.slice(0, maxDetail) };
}

/** Anything but an object is left unchanged, for the schema to reject. */
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
