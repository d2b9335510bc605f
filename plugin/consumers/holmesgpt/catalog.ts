import { getOwn } from '../../lib/json.ts';
import catalog from './catalog.json' with { type: 'json' };

/**
 * What HolmesGPT takes in its toolset file, by release. `since` and `until` are minor releases of 0.x, the first and the
 * last that has it, each with all its fixes. `npm run update:catalog` writes catalog.json from the library itself, and
 * test/holmesgpt/catalog.test.ts compares the two.
 */
export interface Catalog {
  /** The releases that it was read from. */
  readonly oldest: string;
  readonly newest: string;
  /** Built-in toolsets, by name. */
  readonly toolsets: Readonly<Record<string, CatalogToolset>>;
  /** Toolsets that are not built in, by their `type`; `custom` unless the entry has one. */
  readonly types: Readonly<Record<string, CatalogToolset>>;
  /** Keys of an entry, of `toolsets` and of `mcp_servers`. */
  readonly entryKeys: Readonly<Record<string, EntryKey>>;
}

/** A toolset as catalog.json has it: its list of `instances` repeats the keys of its `config`, and is left out there. */
export interface CatalogToolset extends KnownToolset {
  /** The releases that take several of its backends as `config.instances`. */
  readonly instances?: Pick<ConfigKey, 'since' | 'until'>;
}

/** What a toolset adds to each prompt, as of a release: tokens are characters of the package's own texts, divided by four. */
export interface CatalogCost {
  readonly since: number;
  /** None where it makes its tools once it has asked its backend: then nothing is known. */
  readonly tools: number;
  /** Of the schemas of its tools. */
  readonly schemas: number;
  /** Of its part of the system prompt. */
  readonly instructions: number;
  /** More tools and tokens with several backends: `once`, and for `each` after the first. */
  readonly several?: { readonly tools: number; readonly once: number; readonly each: number };
}

/** One key of a `config`. HolmesGPT converts a string to a number or a boolean, but nothing else to a string. */
export interface ConfigKey {
  readonly since: number;
  readonly until?: number;
  /** Releases in between that do not have it. */
  readonly except?: readonly number[];
  /**
   * The toolset fails without it, unless its old name or all of `instances` have it: in every release, or in those from
   * the first to the last one.
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
  /** Its name in later releases, which accept the old one too. */
  readonly replacedBy?: string;
  /** First release that enables it by default. */
  readonly byDefault?: number;
  /** `null` where it has none. */
  readonly config: Readonly<Record<string, ConfigKey>> | null;
  /** Accepts any key. Other toolsets ignore unknown keys without a message. */
  readonly openConfig?: true;
  /** By the releases that were read, of those that differ from the one before. */
  readonly cost?: readonly CatalogCost[];
}

/** One key of an entry. HolmesGPT rejects an entry with an unknown key. */
export interface EntryKey {
  readonly since: number;
  readonly until?: number;
  readonly type: ConfigKey['type'];
}

type Keys = Readonly<Record<string, ConfigKey>>;

// As it was checked: test/plugin/consumers/holmesgpt/catalog.test.ts has its schema.
const { oldest, newest, types, entryKeys, toolsets: compact } = catalog as unknown as Catalog;
export { entryKeys, newest, oldest, types };

/** What an instance has besides the keys of its toolset. */
const instanceName: ConfigKey = { since: 31, type: 'any', description: 'What the model calls it' };

/** Built-in toolsets, by name, each with the key for several instances. */
export const toolsets: Readonly<Record<string, KnownToolset>> = Object.fromEntries(
  Object.entries(compact).map(([name, toolset]) => [name, withInstances(toolset)]),
);

function withInstances({ instances: releases, ...toolset }: CatalogToolset): KnownToolset {
  if (releases === undefined) return toolset;
  const items = { ...toolset.config, name: instanceName };
  const instances: ConfigKey = { ...releases, type: 'list', description: 'Several of them', items };
  return { ...toolset, config: { ...toolset.config, instances } };
}

/** The built-in toolset of that name, if this minor release of 0.x has it, also by an old name that it still accepts. */
export function knownToolset(name: string, minor: number): KnownToolset | null {
  const known = getOwn(toolsets, name);
  if (known === undefined) return null;
  if (isIn(known, minor)) return known;
  return known.replacedBy === undefined || minor < known.since ? null : knownToolset(known.replacedBy, minor);
}

/** The name by which this minor release knows it: of an old name that it still accepts, the new one. */
export function currentName(name: string, minor: number): string {
  const known = getOwn(toolsets, name);
  return known?.replacedBy === undefined || isIn(known, minor) ? name : currentName(known.replacedBy, minor);
}

/** What this minor release of 0.x calls a toolset that it does not have by that name: later, or before; `null` for none. */
export function otherName(name: string, minor: number): string | null {
  const later = getOwn(toolsets, name)?.replacedBy;
  if (later !== undefined && isIn(getOwn(toolsets, later), minor)) return later;
  return toolsetNames(minor).find((one) => getOwn(toolsets, one)?.replacedBy === name) ?? null;
}

/** Built-in toolsets that this minor release of 0.x enables whatever the file says, unless it disables them. */
export function enabledByDefault(minor: number): readonly string[] {
  return Object.entries(toolsets)
    .filter(([, known]) => (known.byDefault ?? Infinity) <= minor && isIn(known, minor))
    .map(([name]) => name);
}

/** Built-in toolsets of this minor release of 0.x, each by the name that it has there. */
export function toolsetNames(minor: number): readonly string[] {
  return Object.keys(toolsets).filter((name) => isIn(getOwn(toolsets, name), minor));
}

/** What a `type` of toolsets takes, if this minor release of 0.x has it. */
export function knownType(type: string, minor: number): KnownToolset | null {
  const known = getOwn(types, type);
  return known !== undefined && isIn(known, minor) ? known : null;
}

/** What it adds to a prompt in a minor release of 0.x, as of the last release before it that was read; `null` where unknown. */
export function catalogCost({ cost = [] }: KnownToolset, minor: number): CatalogCost | null {
  const read = cost.findLast(({ since }) => since <= minor) ?? cost[0];
  return read === undefined || read.tools === 0 ? null : read;
}

/** The keys that a minor release of 0.x takes, as it takes them; `null` where it takes no config. */
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

/** Whether this minor release of 0.x has it. */
export function isIn(known: Pick<ConfigKey, 'since' | 'until' | 'except'> | undefined, minor: number): boolean {
  if (known === undefined) return false;
  const { since, until = minor, except } = known;
  return since <= minor && minor <= until && !except?.includes(minor);
}
