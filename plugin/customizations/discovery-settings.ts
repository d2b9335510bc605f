import type { Data } from '../lib/json.ts';
import { sortedDeep } from '../lib/json.ts';
import type { Settings } from '../settings/settings.ts';

/** SHA-256 of what was discovered, and under which settings. */
export const digestAnnotation = 'kubernaut.io/toolset-digest';
/** The settings that decide the discovery, as JSON. */
export const settingsAnnotation = 'kubernaut.io/toolset-settings';

/** The settings that decide the discovery, as written in Git, without defaults: enough to repeat it without Git. */
export function writeDiscoverySettings({ written, spec }: Pick<Settings, 'written' | 'spec'>): string {
  const {
    cluster: readCluster,
    discovery,
    health,
    detectors,
    customDetectors,
    stores,
    credentials,
    trust,
  } = written as Record<string, Data | undefined>;
  const { format, version, certificates, defaultToolsets, defaultToolsetsExcept, cluster, urls } = spec.target;
  const target = {
    format,
    version,
    ...(certificates === 'public' ? {} : { certificates }),
    ...(defaultToolsets === 'keep' ? {} : { defaultToolsets }),
    ...(defaultToolsetsExcept.length === 0 ? {} : { defaultToolsetsExcept }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(urls === undefined ? {} : { urls }),
  };
  const parts = {
    cluster: readCluster,
    target,
    discovery,
    health,
    detectors,
    customDetectors,
    stores,
    credentials,
    trust,
  };
  const given = Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [[name, part] as const]));
  return JSON.stringify(sortedDeep(Object.fromEntries(given)));
}
