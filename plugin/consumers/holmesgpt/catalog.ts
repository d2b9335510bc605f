import { getOwn } from '../../lib/json.ts';
import catalog from './catalog.json' with { type: 'json' };

/**
 * What HolmesGPT accepts in its toolset file, by release. `since` and `until` are the first and the last minor release
 * of 0.x that has something, each in its latest patch. `npm run update:catalog` writes catalog.json from the library
 * itself, and test/holmesgpt/catalog.test.ts compares the two.
 */
export interface Catalog {
  /** First and last release that were read. */
  readonly oldest: string;
  readonly newest: string;
  /** Built-in toolsets, by name. */
  readonly toolsets: Readonly<Record<string, CatalogToolset>>;
  /** Types of toolsets that are not built in, by their `type`; `custom` for entries without one. */
  readonly types: Readonly<Record<string, CatalogToolset>>;
  /** Keys of an entry in `toolsets` or `mcp_servers`. */
  readonly entryKeys: Readonly<Record<string, EntryKey>>;
}

/** A toolset in catalog.json, where the list `instances` is left out: it repeats the keys of `config`. */
export interface CatalogToolset extends KnownToolset {
  /** Releases that accept several backends as `config.instances`. */
  readonly instances?: Pick<ConfigKey, 'since' | 'until'>;
}

/** What a toolset adds to each prompt since a release. Tokens: characters of the package's texts divided by four. */
export interface CatalogCost {
  readonly since: number;
  /** Zero for toolsets that build their tools from the backend's answer: their cost is unknown. */
  readonly tools: number;
  /** Tokens of the tools' schemas. */
  readonly schemas: number;
  /** Tokens of its part of the system prompt. */
  readonly instructions: number;
  /** Additional tools and tokens with several backends: `once`, and for `each` backend after the first. */
  readonly several?: { readonly tools: number; readonly once: number; readonly each: number };
}

/** One key of a `config`. HolmesGPT converts strings to numbers or booleans, but nothing to a string. */
export interface ConfigKey {
  readonly since: number;
  readonly until?: number;
  /** Releases in between that lack it. */
  readonly except?: readonly number[];
  /**
   * The toolset fails without it, unless its old name or every item of `instances` has it. `true`: in every release;
   * otherwise from the first to the last release given.
   */
  readonly required?: true | readonly [first: number, last?: number];
  readonly type: 'string' | 'number' | 'boolean' | 'map' | 'list' | 'any';
  /** Type of the values of a map or a list. */
  readonly of?: 'string' | 'number' | 'boolean' | 'map' | 'list';
  /** Keys of the items of a list, or of a map. */
  readonly items?: Readonly<Record<string, ConfigKey>>;
  /** The key that replaced this one, which still counts where the new one is missing. */
  readonly replacedBy?: string;
  readonly description?: string;
}

export interface KnownToolset {
  readonly since: number;
  readonly until?: number;
  /** Its name in later releases, which also accept the old one. */
  readonly replacedBy?: string;
  /** First release that enables it by default. */
  readonly byDefault?: number;
  /** `null` where it has no config. */
  readonly config: Readonly<Record<string, ConfigKey>> | null;
  /** Accepts any key. Other toolsets silently ignore unknown keys. */
  readonly openConfig?: true;
  /** One item per release whose cost differs from the one before. */
  readonly cost?: readonly CatalogCost[];
}

/** One key of an entry. HolmesGPT rejects entries with unknown keys. */
export interface EntryKey {
  readonly since: number;
  readonly until?: number;
  readonly type: ConfigKey['type'];
}

type Keys = Readonly<Record<string, ConfigKey>>;

// Checked by test/plugin/consumers/holmesgpt/catalog.test.ts against its schema.
const { oldest, newest, types, entryKeys, toolsets: compact } = catalog as unknown as Catalog;
export { entryKeys, newest, oldest, types };

/** The key that an instance has besides those of its toolset. */
const instanceName: ConfigKey = { since: 31, type: 'any', description: 'What the model calls it' };

/** Built-in toolsets by name, each with the key for several instances. */
export const toolsets: Readonly<Record<string, KnownToolset>> = Object.fromEntries(
  Object.entries(compact).map(([name, toolset]) => [name, withInstances(toolset)]),
);

function withInstances({ instances: releases, ...toolset }: CatalogToolset): KnownToolset {
  if (releases === undefined) return toolset;
  const items = { ...toolset.config, name: instanceName };
  const instances: ConfigKey = { ...releases, type: 'list', description: 'Several of them', items };
  return { ...toolset, config: { ...toolset.config, instances } };
}

/** The built-in toolset of that name in this minor release of 0.x, or of an old name that it still accepts. */
export function knownToolset(name: string, minor: number): KnownToolset | null {
  const known = getOwn(toolsets, name);
  if (known === undefined) return null;
  if (isIn(known, minor)) return known;
  return known.replacedBy === undefined || minor < known.since ? null : knownToolset(known.replacedBy, minor);
}

/** The toolset's current name in this minor release: for an old name that is still accepted, the new one. */
export function currentName(name: string, minor: number): string {
  const known = getOwn(toolsets, name);
  return known?.replacedBy === undefined || isIn(known, minor) ? name : currentName(known.replacedBy, minor);
}

/** Another name, later or earlier, under which this minor release of 0.x has the toolset; `null` if there is none. */
export function otherName(name: string, minor: number): string | null {
  const later = getOwn(toolsets, name)?.replacedBy;
  if (later !== undefined && isIn(getOwn(toolsets, later), minor)) return later;
  return toolsetNames(minor).find((one) => getOwn(toolsets, one)?.replacedBy === name) ?? null;
}

/** Built-in toolsets that this minor release of 0.x enables on its own, unless the file disables them. */
export function enabledByDefault(minor: number): readonly string[] {
  return Object.entries(toolsets)
    .filter(([, known]) => (known.byDefault ?? Infinity) <= minor && isIn(known, minor))
    .map(([name]) => name);
}

/** Names of the built-in toolsets of this minor release of 0.x. */
export function toolsetNames(minor: number): readonly string[] {
  return Object.keys(toolsets).filter((name) => isIn(getOwn(toolsets, name), minor));
}

/** The toolset type, if this minor release of 0.x has it. */
export function knownType(type: string, minor: number): KnownToolset | null {
  const known = getOwn(types, type);
  return known !== undefined && isIn(known, minor) ? known : null;
}

/** Prompt cost in a minor release of 0.x, from the nearest release read at or before it; `null` if unknown. */
export function catalogCost({ cost = [] }: KnownToolset, minor: number): CatalogCost | null {
  const read = cost.findLast(({ since }) => since <= minor) ?? cost[0];
  return read === undefined || read.tools === 0 ? null : read;
}

/** The keys that a minor release of 0.x accepts; `null` where it accepts no config. */
export function configKeys({ config }: KnownToolset, minor: number): Keys | null {
  const keys = config && keysIn(config, minor);
  return keys && Object.keys(keys).length > 0 ? keys : null;
}

function keysIn(keys: Keys, minor: number): Keys {
  return Object.fromEntries(
    Object.entries(keys)
      .filter(([, key]) => isIn(key, minor))
      .map(([name, key]) => [name, keyIn(keys, key, minor)]),
  );
}

function keyIn(keys: Keys, { required, items, replacedBy, ...key }: ConfigKey, minor: number): ConfigKey {
  const successor = replacedBy === undefined ? undefined : getOwn(keys, replacedBy);
  const isOld = successor !== undefined && isIn(successor, minor);
  const isRequired =
    required === true || (required !== undefined && required[0] <= minor && minor <= (required[1] ?? minor));
  return {
    ...key,
    ...(isRequired && !isOld ? { required: true } : {}),
    ...(isOld && replacedBy !== undefined ? { replacedBy } : {}),
    ...(items === undefined ? {} : { items: keysIn(items, minor) }),
  };
}

/** The release in messages; without a number for 1.0 and later. */
export function titleOf(minor: number): string {
  return Number.isFinite(minor) ? `HolmesGPT 0.${String(minor)}` : 'HolmesGPT';
}

/** Whether this minor release of 0.x has it. */
export function isIn(known: Pick<ConfigKey, 'since' | 'until' | 'except'> | undefined, minor: number): boolean {
  if (known === undefined) return false;
  const { since, until = minor, except } = known;
  return since <= minor && minor <= until && !except?.includes(minor);
}
