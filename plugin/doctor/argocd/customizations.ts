import { parse, parseDocument } from 'yaml';
import type { ConfigMapName, LiveConfigMap } from '../../cluster/types.ts';
import { pathOf } from '../../lib/data/json-pointer.ts';
import { asObject, asString, asStrings, getOwn } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { shortened } from '../../lib/messages/text.ts';
import { keyOf } from '../../lib/object-key.ts';
import { applicationOf, patchCommand } from '../fix-commands.ts';
import type { Check } from '../reasons.ts';
import { because, finding } from '../reasons.ts';
import { settingsName } from './exclusions.ts';
import { hiddenPaths, ignoredDifferences } from './ignored-differences.ts';
import type { GeneratedConfigMap } from './ignored-differences.ts';

/** One map of all customizations, as older releases of Argo CD had it; still read. */
const mapKey = 'resource.customizations';
const splitKey = /^resource\.customizations\.ignoreDifferences\.(?<groupKind>.+)$/;

/** What Argo CD's settings do not compare in any Application, and how to set it in their data. */
interface Customization {
  readonly key: string;
  readonly text: string;
  /** `GROUP/KIND`, or the kind alone. */
  readonly groupKind: string;
  readonly entry: Json;
  readonly textWith: (entry: Json, text: string) => string;
}

/** Whether Argo CD's settings hide what is generated: it then shows Synced, and keeps old data. */
export function checkCustomizations(
  namespace: string,
  settings: LiveConfigMap | null,
  configMaps: readonly GeneratedConfigMap[],
): Check[] {
  const found = customizationsIn(settings?.data ?? {}).flatMap((one) => {
    const [group = '', kind = ''] = one.groupKind.includes('/') ? one.groupKind.split('/') : ['', one.groupKind];
    const compared = ignoredDifferences({ ...one.entry, group, kind });
    const hidden = hiddenPaths(compared, configMaps);
    return hidden.length > 0 ? [{ ...one, hidden, selected: configMaps.filter(compared.selects) }] : [];
  });
  if (found.length === 0) return [];
  const texts = new Map<string, string>();
  for (const { key, text, entry, textWith, hidden, selected } of found)
    texts.set(key, textWith(narrowed(entry, hidden, selected), texts.get(key) ?? text));
  const data = Object.fromEntries(texts);
  const paths = found.flatMap(({ hidden }) => hidden);
  const reason = because('SettingsIgnoreDifferences', {
    keys: Object.keys(data).join(' and '),
    paths: shortened(paths, maxPaths).join(', '),
    configMaps: [...new Set(found.flatMap(({ selected }) => selected.map(keyOf)))].join(', '),
  });
  return [
    finding(reason, `ConfigMap ${namespace}/${settingsName}`, {
      fix: [patchCommand({ namespace, name: settingsName }, 'configmap', 'merge', { data })],
      managedBy: applicationOf(settings?.annotations ?? {}),
    }),
  ];
}

const maxPaths = 3;

/** As Argo CD reads them: a key for one kind takes precedence over the map. */
function customizationsIn(data: Readonly<Record<string, string>>): readonly Customization[] {
  const split = Object.entries(data).flatMap(([key, text]): Customization[] => {
    const { groupKind } = splitKey.exec(key)?.groups ?? {};
    if (groupKind === undefined) return [];
    const entry = objectIn(text);
    return [{ key, text, groupKind: overrideOf(groupKind), entry, textWith: (changed) => JSON.stringify(changed) }];
  });
  const text = getOwn(data, mapKey) ?? '';
  const inMap = Object.entries(objectIn(text))
    .filter(([groupKind]) => !split.some((one) => one.groupKind === groupKind))
    .map(([groupKind, customization]): Customization => {
      const entry = objectIn(asString(asObject(customization).ignoreDifferences));
      return { key: mapKey, text, groupKind, entry, textWith: (changed, map) => withEntry(map, groupKind, changed) };
    });
  return [...split, ...inMap];
}

function overrideOf(groupKind: string): string {
  return groupKind === 'all' ? '*/*' : groupKind.replace('_', '/');
}

/** The rest of the map keeps its format, as it has programs in Lua. */
function withEntry(text: string, groupKind: string, entry: Json): string {
  const map = parseDocument(text);
  map.setIn([groupKind, 'ignoreDifferences'], JSON.stringify(entry));
  return map.toString();
}

/** The object in a text; empty if it is not YAML, which Argo CD refuses as a whole. */
function objectIn(text: string): Json {
  try {
    return asObject(parse(text));
  } catch {
    return {};
  }
}

/** The same for all other objects: other Applications may depend on it. */
function narrowed(entry: Json, hidden: readonly string[], configMaps: readonly ConfigMapName[]): Json {
  const isKept = (path: string): boolean => !hidden.includes(path);
  const others = configMaps.map(
    ({ namespace, name }) =>
      `select([.kind, .metadata.namespace, .metadata.name] != ${JSON.stringify(['ConfigMap', namespace, name])})`,
  );
  const { jsonPointers, jqPathExpressions, ...rest } = entry;
  const pointers = asStrings(jsonPointers).filter(isKept);
  const expressions = [
    ...asStrings(jqPathExpressions).filter(isKept),
    ...hidden.map((path) => [...others, `(${path.startsWith('/') ? inJq(path) : path})`].join(' | ')),
  ];
  return { ...rest, ...(pointers.length > 0 ? { jsonPointers: pointers } : {}), jqPathExpressions: expressions };
}

/** A JSON Pointer as a jq expression. */
function inJq(pointer: string): string {
  const steps = pathOf(pointer).map((key) => `[${JSON.stringify(key)}]`);
  return `.${steps.join('')}`;
}
