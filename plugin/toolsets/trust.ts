import type { Candidate } from '../discovery/decision.ts';
import { isTrustworthy, keyOf } from '../discovery/decision.ts';
import { isCredential } from '../settings/credential.ts';
import type { Data, DataMap } from '../settings/data.ts';
import { isMap } from '../settings/data.ts';
import { at } from '../place.ts';
import type { Warning } from '../warning.ts';
import type { Changed, Changes } from './changes.ts';
import type { Consumer } from './consumer.ts';
import { merge } from './merge.ts';
import type { ToolsetFile } from './toolset.ts';
import type { Trace } from './trace.ts';
import { placeOf } from './trace.ts';

export interface TrustInputs {
  readonly changes: Changes;
  readonly admitted: readonly Candidate[];
  readonly isTrusted: (namespace: string) => boolean;
  readonly consumer: Consumer;
}

/**
 * Takes back what Git's changes would give to Services that are not trusted: a credential that ends up beside an
 * endpoint which was discovered. Where only some backends are trusted, those keep it, each for itself. An endpoint that
 * Git writes out is Git's own, whatever stands there. What counts is the outcome, however a patch moved things about.
 */
export function withholdCredentials(
  { final, trace }: Changed,
  { changes, admitted, isTrusted, consumer }: TrustInputs,
): { readonly file: ToolsetFile; readonly warnings: readonly Warning[] } {
  const warnings: Warning[] = [];
  const strangers = new Map<string, Candidate[]>();
  for (const candidate of admitted.filter((one) => !isTrustworthy(one, isTrusted))) {
    for (const name of consumer.entriesOf(candidate)) strangers.set(name, [...(strangers.get(name) ?? []), candidate]);
  }
  const kept = (section: keyof ToolsetFile): DataMap =>
    Object.fromEntries(
      Object.entries(final[section]).map(([name, entry]): [string, Data] => {
        const others = strangers.get(name);
        if (!others || !isMap(entry) || !trace.touches([section, name])) return [name, entry];
        const isStrange = strangeTexts(others, textsOfGit(changes, section, name));
        const { value, taken } = withhold(entry, isStrange);
        if (taken.length > 0) warnings.push(withheld(name, taken, others, section, trace));
        return [name, value];
      }),
    );
  return { file: { toolsets: kept('toolsets'), mcp_servers: kept('mcp_servers') }, warnings };
}

/** A text that names a stranger's host, unless Git says exactly that. */
function strangeTexts(strangers: readonly Candidate[], own: ReadonlySet<string>): (text: string) => boolean {
  const hosts = strangers.map(({ endpoint }) => endpoint.host);
  return (text) => !own.has(text) && hosts.some((host) => text.includes(host));
}

/** Every text that Git writes into an entry; of patches those for any, for what they move can end up anywhere. */
function textsOfGit({ overrides, patches }: Changes, section: keyof ToolsetFile, name: string): ReadonlySet<string> {
  const entries = overrides.map(({ sections }) => sections[section]?.[name] ?? null);
  const values = patches.flatMap((file) =>
    file.patches.flatMap(({ patch }) => patch.map((one) => ('value' in one ? (one.value as Data) : null))),
  );
  return new Set([...entries, ...values].flatMap(textsIn));
}

function textsIn(data: Data): string[] {
  if (typeof data === 'string') return [data];
  if (typeof data !== 'object' || data === null) return [];
  return (Array.isArray(data) ? (data as readonly Data[]) : Object.values(data as DataMap)).flatMap(textsIn);
}

interface Withheld {
  readonly value: DataMap;
  /** Keys of what was taken away. */
  readonly taken: readonly string[];
}

/** What stands beside a list goes to all of its items; an item is one backend with what is its own. */
function withhold(entry: DataMap, isStrange: (text: string) => boolean): Withheld {
  const config = isMap(entry.config) ? entry.config : entry;
  const names = (data: Data): boolean => textsIn(data).some(isStrange);
  if (!names(config)) return { value: entry, taken: [] };
  const { given, rest } = split(config);
  const lists = Object.entries(rest).flatMap(([key, value]) => (isListOfMaps(value) ? [[key, value] as const] : []));
  const taken = new Set(Object.keys(given));
  const filled = lists.map(([key, items]) => {
    const kept = items.map((item) => {
      if (!names(item)) return key === 'instances' ? share(given, rest, item) : item;
      const own = split(item);
      for (const name of Object.keys(own.given)) taken.add(name);
      return own.rest;
    });
    return [key, kept] as const;
  });
  const value = { ...rest, ...Object.fromEntries(filled) };
  return { value: config === entry ? value : { ...entry, config: value }, taken: [...taken] };
}

function isListOfMaps(value: Data): value is readonly DataMap[] {
  return Array.isArray(value) && (value as readonly Data[]).every(isMap) && value.length > 0;
}

/** The credentials in a map, at any depth of maps, and what is left without them. */
function split(map: DataMap): { readonly given: DataMap; readonly rest: DataMap } {
  const given = new Map<string, Data>();
  const rest = new Map<string, Data>();
  for (const [key, value] of Object.entries(map)) {
    if (isListOfMaps(value)) rest.set(key, value);
    else if (isMap(value) && !isCredential(key, 'x')) {
      const inner = split(value);
      if (Object.keys(inner.given).length > 0) given.set(key, inner.given);
      if (Object.keys(inner.rest).length > 0 || Object.keys(value).length === 0) rest.set(key, inner.rest);
    } else (isCredential(key, value) ? given : rest).set(key, value);
  }
  return { given: Object.fromEntries(given), rest: Object.fromEntries(rest) };
}

/** An instance's map takes the place of the shared one whole (HolmesGPT): it gets all that it would have shared. */
function share(given: DataMap, rest: DataMap, instance: DataMap): DataMap {
  const entries = Object.entries(given).map(([key, value]): [string, Data] => {
    const own = instance[key];
    if (own === undefined) return [key, isMap(value) ? merge(rest[key], value) : value];
    return [key, isMap(own) && isMap(value) ? merge(value, own) : own];
  });
  return { ...instance, ...Object.fromEntries(entries) };
}

function withheld(
  name: string,
  taken: readonly string[],
  strangers: readonly Candidate[],
  section: keyof ToolsetFile,
  trace: Trace,
): Warning {
  const named = taken.map((key) => {
    const source =
      trace.sourceOf([section, name, 'config', key]) ?? trace.sourcesBelow([section, name, 'config', key])[0];
    return source ? `${key} (${at(placeOf(source))})` : key;
  });
  const services = strangers.map(({ service }) => keyOf(service)).join(', ');
  const namespaces = [...new Set(strangers.map(({ service }) => service.namespace))].join(', ');
  return {
    code: 'CREDENTIAL_WITHHELD',
    message: `${name}: ${named.join(', ')} is not given to ${services}; to trust them add ${namespaces} to spec.trust.namespaces`,
  };
}
