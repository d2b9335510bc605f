import type { Data } from '../lib/json.ts';
import { isList, isMap, sortedDeep } from '../lib/json.ts';
import type { Settings } from '../settings/settings.ts';

/** SHA-256 of what was discovered, and under which settings. */
export const digestAnnotation = 'kubernaut.io/toolset-digest';
/** The settings that determine the discovery, as JSON. */
export const settingsAnnotation = 'kubernaut.io/toolset-settings';

/** Parts of `spec`, besides `target`, that determine the discovery. */
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

/**
 * The settings that determine the discovery as written in Git, without defaults: enough to repeat it without Git.
 * Compact JSON for the digest; the annotation has the same in lines, by `settingsLines`.
 */
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

/** Maximum length of a line: Argo CD's UI folds longer ones. */
const maxLine = 70;

/**
 * The same JSON in lines: a part that does not fit into one line is split into one line per item, so that a diff shows
 * the change and not all settings twice.
 */
export function settingsLines(compact: string): string {
  return linesOf(JSON.parse(compact) as Data, '', 0);
}

/** `before`: number of characters for the key and the comma in the same line. */
function linesOf(value: Data, indent: string, before: number): string {
  const compact = JSON.stringify(value);
  if (indent.length + before + compact.length <= maxLine) return compact;
  const deeper = `${indent}  `;
  const parts = isMap(value)
    ? Object.entries(value).map(([key, one]) => [`${JSON.stringify(key)}:`, one] as const)
    : isList(value)
      ? value.map((one) => ['', one] as const)
      : [];
  if (parts.length === 0) return compact;
  const lines = parts.map(([key, one]) => `${deeper}${key}${linesOf(one, deeper, key.length + 1)}`);
  const [open, close] = isMap(value) ? '{}' : '[]';
  return `${open ?? ''}\n${lines.join(',\n')}\n${indent}${close ?? ''}`;
}

/** Whether the annotation has these settings, regardless of line breaks. */
export function hasSettings(annotation: string | undefined, settings: Pick<Settings, 'written' | 'spec'>): boolean {
  try {
    return JSON.stringify(JSON.parse(annotation ?? '')) === writeDiscoverySettings(settings);
  } catch {
    return false;
  }
}
