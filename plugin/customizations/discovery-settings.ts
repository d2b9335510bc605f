import type { Data } from '../lib/json.ts';
import { sortedDeep } from '../lib/json.ts';
import type { Settings } from '../settings/settings.ts';

/** SHA-256 of what was discovered, and under which settings. */
export const digestAnnotation = 'kubernaut.io/toolset-digest';
/** The settings that decide the discovery, as JSON. */
export const settingsAnnotation = 'kubernaut.io/toolset-settings';

/** Parts of `spec`, besides `target`, that decide the discovery. */
const partsAsWritten = [
  'cluster',
  'clusters',
  'discovery',
  'health',
  'detectors',
  'customDetectors',
  'stores',
  'credentials',
  'trust',
] as const;

/** The settings that decide the discovery, as written in Git, without defaults: enough to repeat it without Git. */
export function writeDiscoverySettings({ written, spec }: Pick<Settings, 'written' | 'spec'>): string {
  const { format, version, certificates, defaultToolsets, defaultToolsetsExcept, plugins, cluster, urls } = spec.target;
  const target = {
    format,
    ...(version === '' ? {} : { version }),
    ...(certificates === 'public' ? {} : { certificates }),
    ...(defaultToolsets === 'keep' ? {} : { defaultToolsets }),
    ...(defaultToolsetsExcept.length === 0 ? {} : { defaultToolsetsExcept }),
    ...(plugins.length === 0 ? {} : { plugins }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(urls === undefined ? {} : { urls }),
  };
  const parts = written as Readonly<Record<string, Data | undefined>>;
  const given = partsAsWritten.flatMap((name) => (parts[name] === undefined ? [] : [[name, parts[name]] as const]));
  return JSON.stringify(sortedDeep({ ...Object.fromEntries(given), target }));
}
