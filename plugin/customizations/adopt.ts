import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import { isMap as isYamlMap, isScalar, parseDocument } from 'yaml';
import type { Candidate } from '../discovery/decision.ts';
import { PluginError } from '../lib/errors.ts';
import type { Data, DataMap } from '../lib/json.ts';
import { isMap } from '../lib/json.ts';
import { parseYamlFile } from '../settings/yaml/parse.ts';
import type { Customizations } from './apply.ts';
import { applyCustomizations } from './apply.ts';
import type { Consumer, CredentialPolicy, Generated, Section, ToolsetFile } from '../consumers/consumer.ts';
import { sections } from '../consumers/consumer.ts';
import { merge } from '../lib/merge-patch.ts';
import type { Overrides } from './overrides.ts';
import { parseOverrides } from './overrides.ts';
import type { Path } from '../lib/json-pointer.ts';
import { differences, getOwn, pointerTo, valueAt } from '../lib/json-pointer.ts';
import { renderYaml } from '../lib/yaml-writer.ts';
import { withholdCredentials } from './withhold-credentials.ts';

export interface AdoptionInputs {
  readonly generated: Generated;
  readonly changes: Customizations;
  readonly consumer: Consumer;
  readonly access: CredentialPolicy;
  readonly discovery: { readonly admitted: readonly Candidate[] };
  readonly settings: { readonly spec: { readonly overrides: { readonly files: readonly string[] } } };
}

/** The file of overrides, and what it cannot say. */
export interface Adoption {
  readonly text: string;
  readonly inexpressible: readonly string[];
}

type Sections = Record<Section, Record<string, Data>>;

/**
 * Changes the last file of overrides as little as possible, so that the toolsets become those wanted. What stands in it
 * and does no harm stays. Patches come after overrides: what they change again cannot be adopted.
 */
export function adoptEdits(inputs: AdoptionInputs, wanted: ToolsetFile, text: string): Adoption {
  const { changes, consumer, settings } = inputs;
  const name = settings.spec.overrides.files.at(-1) ?? 'overrides.yaml';
  const layers = changes.overrides.filter(({ file }) => file.name !== name);
  const last = changes.overrides.find(({ file }) => file.name === name)?.sections ?? {};
  const base = outcomeOf(inputs, { ...changes, overrides: layers, patches: [] });
  const next: Sections = { toolsets: { ...last.toolsets }, mcp_servers: { ...last.mcp_servers } };
  const apply = (): ToolsetFile =>
    outcomeOf(inputs, { ...changes, overrides: [...layers, layerOf(name, next, consumer)] });

  const touched = differingEntries(apply(), wanted);
  for (const { section, entry } of touched) {
    set(
      next[section],
      entry,
      patchFor(getOwn(base[section], entry), getOwn(next[section], entry), getOwn(wanted[section], entry)),
    );
  }
  // What an override of one key displaces has to be said in full.
  for (const { section, entry } of differingEntries(attempt(apply) ?? base, wanted)) {
    set(next[section], entry, wholeOf(getOwn(base[section], entry), getOwn(wanted[section], entry)));
  }
  const final = attempt(apply);
  const left = final
    ? sections.flatMap((section) => differences(final[section], wanted[section]).map((path) => [section, ...path]))
    : [[]];
  return {
    text: touched.length === 0 ? text : written(text, last, next, consumer),
    inexpressible: left.map(
      (path) =>
        `${pointerTo(path) || 'what'} of the live ConfigMap cannot be an override: ${reasonFor(path, wanted, changes)}`,
    ),
  };
}

/** What a run with these changes prints, as far as it is about toolsets. */
function outcomeOf({ generated, consumer, access, discovery }: AdoptionInputs, changes: Customizations): ToolsetFile {
  const { isTrusted } = access;
  const changed = applyCustomizations(generated.file, changes, consumer);
  return withholdCredentials(changed, { changes, admitted: discovery.admitted, isTrusted, consumer }).file;
}

function layerOf(name: string, next: Sections, consumer: Consumer): Overrides {
  const text = JSON.stringify(consumer.sections === 'top' ? next.toolsets : next);
  return parseOverrides(parseYamlFile({ name, text }, 'OVERRIDES_INVALID'), consumer);
}

/** A patch in Git may not apply to what was edited. */
function attempt(apply: () => ToolsetFile): ToolsetFile | null {
  try {
    return apply();
  } catch (error) {
    if (error instanceof PluginError) return null;
    throw error;
  }
}

function differingEntries(file: ToolsetFile, wanted: ToolsetFile): { section: Section; entry: string }[] {
  return sections.flatMap((section) => {
    const names = new Set([...Object.keys(file[section]), ...Object.keys(wanted[section])]);
    return [...names]
      .filter((entry) => !isDeepStrictEqual(getOwn(file[section], entry), getOwn(wanted[section], entry)))
      .map((entry) => ({ section, entry }));
  });
}

function set(map: Record<string, Data>, key: string, value: Data | undefined): void {
  if (value === undefined) Reflect.deleteProperty(map, key);
  else map[key] = value;
}

/** The merge patch that makes `wanted` of `base`; `undefined` where there is nothing to say. What stands and fits stays. */
function patchFor(base: Data | undefined, existing: Data | undefined, wanted: Data | undefined): Data | undefined {
  if (existing !== undefined && isDeepStrictEqual(effectOf(base, existing), wanted)) return existing;
  if (wanted === undefined) return base === undefined ? undefined : null;
  if (isDeepStrictEqual(base, wanted)) return undefined;
  if (!isMap(wanted) || !isMap(base)) return wanted;
  const before = isMap(existing) ? existing : {};
  const keys = new Set([...Object.keys(before), ...Object.keys(wanted), ...Object.keys(base)]);
  const entries = [...keys].flatMap((key): [string, Data][] => {
    const change = patchFor(getOwn(base, key), getOwn(before, key), getOwn(wanted, key));
    return change === undefined ? [] : [[key, change]];
  });
  return Object.fromEntries(entries);
}

function effectOf(base: Data | undefined, patch: Data): Data | undefined {
  return patch === null ? undefined : merge(base, patch);
}

/** The same with everything said that is wanted. */
function wholeOf(base: Data | undefined, wanted: Data | undefined): Data | undefined {
  if (wanted === undefined) return base === undefined ? undefined : null;
  if (!isMap(wanted) || !isMap(base)) return wanted;
  const keys = new Set([...Object.keys(wanted), ...Object.keys(base)]);
  return Object.fromEntries([...keys].map((key) => [key, wholeOf(getOwn(base, key), getOwn(wanted, key)) ?? null]));
}

function reasonFor(path: Path, wanted: ToolsetFile, { patches }: Customizations): string {
  const value = valueAt({ ...wanted }, path);
  if (value === null || (value !== undefined && JSON.stringify(value).includes('null')))
    return 'null in an override removes';
  return patches.length > 0
    ? `${patches.map(({ file }) => file.name).join(', ')} comes after the overrides and changes it again`
    : 'a credential is not given to Services that are not trusted';
}

/** The file with the change in it, its comments and order kept; without them where aliases stand in the way. */
function written(text: string, before: Partial<ToolsetFile>, next: Sections, consumer: Consumer): string {
  const isTop = consumer.sections === 'top';
  const intended = isTop ? next.toolsets : filled(next);
  const document = parseDocument(text, { merge: false });
  if (!isYamlMap(document.contents)) return renderYaml(intended);
  for (const section of sections) {
    const path = isTop ? [] : [section];
    if (!isTop && Object.keys(next[section]).length > 0 && !isYamlMap(document.get(section)))
      document.set(section, document.createNode({}));
    const names = new Set([...Object.keys(before[section] ?? {}), ...Object.keys(next[section])]);
    if (isTop && section === 'mcp_servers') continue;
    for (const name of names)
      edit(document, [...path, name], getOwn(before[section] ?? {}, name), getOwn(next[section], name));
  }
  const printed = document.toString({ lineWidth: 0 });
  const says = parseDocument(printed, { merge: false }).toJS() as Data;
  return isDeepStrictEqual(withoutEmpty(says), withoutEmpty(intended)) ? printed : renderYaml(intended);
}

function filled(next: Sections): DataMap {
  return Object.fromEntries(Object.entries(next).filter(([, entries]) => Object.keys(entries).length > 0));
}

/** A section that is empty, or all commented out, says nothing. */
function withoutEmpty(data: Data): Data {
  if (!isMap(data)) return data;
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== null && !(isMap(value) && Object.keys(value).length === 0)),
  );
}

function edit(document: Document, path: readonly string[], before: Data | undefined, after: Data | undefined): void {
  if (isDeepStrictEqual(before, after)) return;
  const node = document.getIn(path, true);
  if (after === undefined) document.deleteIn(path);
  else if (isMap(before) && isMap(after) && isYamlMap(node)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) edit(document, [...path, key], getOwn(before, key), getOwn(after, key));
    // The node keeps the comment at its end.
  } else if (isScalar(node) && typeof after !== 'object') node.value = after;
  else document.setIn(path, document.createNode(after));
}
