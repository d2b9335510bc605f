import { parse, parseDocument } from 'yaml';
import type { ConfigMapName, LiveConfigMap } from '../../cluster/types.ts';
import { pathOf } from '../../lib/data/json-pointer.ts';
import { asObject, asString, asStrings, getOwn } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { keyOf } from '../../lib/object-key.ts';
import { applicationOf, patchCommand } from '../fix-commands.ts';
import type { Check } from '../reasons.ts';
import { because, finding } from '../reasons.ts';
import { settingsName } from './exclusions.ts';
import { hiddenIn, hiddenText, ignoredDifferences } from './ignored-differences.ts';
import type { GeneratedConfigMap, Hidden } from './ignored-differences.ts';

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
    const managedFieldsManagers = managerKeys.includes(one.groupKind) ? one.entry.managedFieldsManagers : [];
    const compared = ignoredDifferences({ ...one.entry, managedFieldsManagers, group, kind });
    const hidden = hiddenIn(compared, configMaps);
    return hidden ? [{ ...one, hidden, selected: configMaps.filter(compared.selects) }] : [];
  });
  if (found.length === 0) return [];
  const texts = new Map<string, string>();
  for (const { key, text, entry, textWith, hidden, selected } of found)
    texts.set(key, textWith(narrowed(entry, hidden, selected), texts.get(key) ?? text));
  const data = Object.fromEntries(texts);
  const reason = because('SettingsIgnoreDifferences', {
    keys: Object.keys(data).join(' and '),
    paths: hiddenText(found.map(({ hidden }) => hidden)),
    configMaps: [...new Set(found.flatMap(({ selected }) => selected.map(keyOf)))].join(', '),
  });
  return [
    finding(reason, `ConfigMap ${namespace}/${settingsName}`, {
      fix: [patchCommand({ namespace, name: settingsName }, 'configmap', 'merge', { data })],
      managedBy: applicationOf(settings?.annotations ?? {}),
    }),
  ];
}

/**
 * Argo CD looks up field managers under these two keys alone, by their exact text: those under `ConfigMap` without a
 * slash have no effect, although paths do.
 */
const managerKeys: readonly string[] = ['/ConfigMap', '*/*'];

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

/**
 * The same for all other objects, as other Applications may depend on it. A field manager is left out for all of them,
 * because Argo CD cannot exempt one object from it.
 */
function narrowed(entry: Json, hidden: Hidden, configMaps: readonly ConfigMapName[]): Json {
  const { jsonPointers, jqPathExpressions, managedFieldsManagers, ...rest } = entry;
  const isKept = (path: string): boolean => !hidden.paths.includes(path);
  const others = configMaps.map(
    ({ namespace, name }) =>
      `select([.kind, .metadata.namespace, .metadata.name] != ${JSON.stringify(['ConfigMap', namespace, name])})`,
  );
  const lists = {
    managedFieldsManagers: asStrings(managedFieldsManagers).filter((name) => !hidden.managers.includes(name)),
    jsonPointers: asStrings(jsonPointers).filter(isKept),
    jqPathExpressions: [
      ...asStrings(jqPathExpressions).filter(isKept),
      ...hidden.paths.map((path) => [...others, `(${path.startsWith('/') ? inJq(path) : path})`].join(' | ')),
    ],
  };
  return { ...rest, ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) };
}

/** A JSON Pointer as a jq expression. */
function inJq(pointer: string): string {
  const steps = pathOf(pointer).map((key) => `[${JSON.stringify(key)}]`);
  return `.${steps.join('')}`;
}
