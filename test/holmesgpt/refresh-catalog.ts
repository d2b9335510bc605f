import type {
  Catalog,
  CatalogCost,
  CatalogToolset,
  ConfigKey,
  EntryKey,
} from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { Library, LibraryKey, LibraryKeys, LibraryToolset } from './library.ts';
import { minorOf, typeOf } from './library.ts';

/** The releases that a refresh is about. */
interface Releases {
  /** The one that is read. */
  readonly minor: number;
  /** The last one that is known to have what the one that is read has not. */
  readonly before: number;
}

/**
 * The catalog with what the newest release has: new toolsets and keys with `since` this release, removed ones with
 * `until` the newest release before it, and every type, `required` and `replacedBy` as they are now. What the catalog
 * says of earlier releases stays, and so do its descriptions. Releases between the two are not read: refresh the catalog
 * at each minor release, in their order.
 */
export function refreshCatalog(catalog: Catalog, library: Library): Catalog {
  const minor = minorOf(library.version);
  const releases = { minor, before: Math.min(minorOf(catalog.newest), minor - 1) };
  const refreshed = (known: Catalog['toolsets'], theirs: Library['toolsets']): Catalog['toolsets'] =>
    merged(known, theirs, releases, {
      add: (toolset) => newToolset(toolset, minor),
      update: (ours, toolset, name) => refreshToolset(name, ours, toolset, releases),
      close: (ours) => closeToolset(ours, releases),
    });
  return {
    ...catalog,
    newest: library.version,
    toolsets: refreshed(catalog.toolsets, library.toolsets),
    types: refreshed(catalog.types, library.types),
    entryKeys: merged<EntryKey, LibraryKey>(catalog.entryKeys, library.entryKeys, releases, {
      add: (key) => ({ since: minor, type: typeOf(key) }),
      update: (ours, key) => ({ ...ours, type: knownType(typeOf(key), ours.type) }),
      close: (ours) => ended(ours, releases),
    }),
  };
}

/** The catalog with what toolsets cost in a release that it knows. Rows of releases that are not read any more stay. */
export function withCosts(catalog: Catalog, library: Library): Catalog {
  const minor = minorOf(library.version);
  const measured = (known: Catalog['toolsets'], theirs: Library['toolsets']): Catalog['toolsets'] =>
    Object.fromEntries(
      Object.entries(known).map(([name, ours]) => {
        const cost = theirs[name]?.cost;
        return [name, cost ? { ...ours, cost: withCost(ours.cost ?? [], { since: minor, ...cost }) } : ours];
      }),
    );
  return {
    ...catalog,
    toolsets: measured(catalog.toolsets, library.toolsets),
    types: measured(catalog.types, library.types),
  };
}

/** Left out where it costs what it did before. */
function withCost(
  rows: readonly CatalogCost[],
  { since, tools, schemas, instructions, several }: CatalogCost,
): CatalogCost[] {
  const row = { since, tools, schemas, instructions, ...(several ? { several } : {}) };
  const before = rows.filter((one) => one.since < since);
  const after = rows.filter((one) => one.since > since);
  const last = before.at(-1);
  const isSame = last !== undefined && figuresOf(last) === figuresOf(row);
  return [...before, ...(isSame ? [] : [row]), ...after];
}

function figuresOf({ tools, schemas, instructions, several }: CatalogCost): string {
  return JSON.stringify([tools, schemas, instructions, several?.tools, several?.once, several?.each]);
}

interface Period {
  readonly since: number;
  readonly until?: number;
}

interface Change<Ours, Theirs> {
  readonly add: (theirs: Theirs) => Ours;
  readonly update: (ours: Ours, theirs: Theirs, name: string) => Ours;
  readonly close: (ours: Ours) => Ours;
}

/** Ours in their order, each as the library has it now; then what is new, by name. */
function merged<Ours extends Period, Theirs>(
  ours: Readonly<Record<string, Ours>>,
  theirs: Readonly<Record<string, Theirs>>,
  { minor }: Releases,
  { add, update, close }: Change<Ours, Theirs>,
): Record<string, Ours> {
  const kept = Object.entries(ours).map(([name, one]): [string, Ours] => {
    const other = theirs[name];
    const isGone = one.until !== undefined && one.until < minor;
    if (other !== undefined && isGone)
      throw new Error(`${name} is back in 0.${String(minor)}: edit catalog.json by hand`);
    if (other !== undefined) return [name, update(one, other, name)];
    return [name, isGone ? one : close(one)];
  });
  const added = Object.entries(theirs).filter(([name]) => !Object.hasOwn(ours, name));
  return Object.fromEntries([...kept, ...added.sort().map(([name, one]): [string, Ours] => [name, add(one)])]);
}

function newToolset({ config, byDefault }: LibraryToolset, minor: number): CatalogToolset {
  const { instances, ...keys } = config ?? {};
  return {
    since: minor,
    ...(byDefault ? { byDefault: minor } : {}),
    ...(instances ? { instances: { since: minor } } : {}),
    config: config && newKeys(keys, minor),
  };
}

function refreshToolset(
  name: string,
  ours: CatalogToolset,
  { config, byDefault }: LibraryToolset,
  releases: Releases,
): CatalogToolset {
  const { minor } = releases;
  if (!byDefault && ours.byDefault !== undefined)
    throw new Error(`${name} is no longer enabled by default in 0.${String(minor)}: catalog.json cannot say so`);
  const { instances: several, ...theirKeys } = config ?? {};
  const instances = several ? (ours.instances ?? { since: minor }) : ours.instances && ended(ours.instances, releases);
  return {
    ...ours,
    ...(byDefault ? { byDefault: ours.byDefault ?? minor } : {}),
    ...(instances ? { instances } : {}),
    config: config === null && ours.config === null ? null : refreshKeys(ours.config ?? {}, theirKeys, releases),
  };
}

function closeToolset(ours: CatalogToolset, releases: Releases): CatalogToolset {
  const { instances, config } = ours;
  return {
    ...ended(ours, releases),
    ...(instances ? { instances: ended(instances, releases) } : {}),
    config: config && refreshKeys(config, {}, releases),
  };
}

function ended<Ours extends Period>(ours: Ours, { before }: Releases): Ours {
  return { ...ours, until: ours.until ?? before };
}

type Keys = Readonly<Record<string, ConfigKey>>;

function newKeys(theirs: LibraryKeys, minor: number): Keys {
  return Object.fromEntries(Object.entries(theirs).map(([name, key]) => [name, newKey(key, minor)]));
}

function newKey(key: LibraryKey, minor: number): ConfigKey {
  const { of, required, insteadOf, items } = key;
  return {
    since: minor,
    ...(required ? { required } : {}),
    type: typeOf(key),
    ...(of === undefined ? {} : { of }),
    ...(insteadOf === undefined ? {} : { replacedBy: insteadOf }),
    ...(items === undefined ? {} : { items: newKeys(items, minor) }),
  };
}

function refreshKeys(ours: Keys, theirs: LibraryKeys, releases: Releases): Keys {
  return merged(ours, theirs, releases, {
    add: (key) => newKey(key, releases.minor),
    update: (key, other) => refreshKey(key, other, releases),
    close: (key) => closeKey(key, releases),
  });
}

function refreshKey(ours: ConfigKey, theirs: LibraryKey, releases: Releases): ConfigKey {
  const { insteadOf, items } = theirs;
  const { required: _, of: ourOf, replacedBy: _old, items: ourItems, ...rest } = ours;
  // Of an old key the library does not say whether it was required: that is of the releases before its successor.
  const required = insteadOf === undefined ? requiredNow(ours, theirs, releases) : ours.required;
  const of = theirs.of ?? ourOf;
  const changed: ConfigKey = {
    ...rest,
    type: knownType(typeOf(theirs), ours.type),
    ...(required === undefined ? {} : { required }),
    ...(of === undefined ? {} : { of }),
    ...(insteadOf === undefined ? {} : { replacedBy: insteadOf }),
    ...(items === undefined && ourItems === undefined
      ? {}
      : { items: refreshKeys(ourItems ?? {}, items ?? {}, releases) }),
  };
  // In the order that it had, so that the file shows nothing but what changed.
  return { ...inOrderOf(ours, changed), ...changed };
}

function inOrderOf(ours: ConfigKey, changed: ConfigKey): ConfigKey {
  return Object.fromEntries(Object.entries(ours).filter(([name]) => name in changed)) as unknown as ConfigKey;
}

/** Where the library's code does not say of what type something is, ours may say more. */
function knownType(theirs: ConfigKey['type'], ours: ConfigKey['type']): ConfigKey['type'] {
  return theirs === 'any' ? ours : theirs;
}

function requiredNow(
  { required, since }: ConfigKey,
  theirs: LibraryKey,
  { minor, before }: Releases,
): ConfigKey['required'] {
  const [first, last = minor] = required === true ? [since] : (required ?? [minor, -1]);
  const wasRequired = first <= minor && minor <= last;
  if (wasRequired === (theirs.required === true)) return required;
  return theirs.required ? [minor] : [first, before];
}

function closeKey(ours: ConfigKey, releases: Releases): ConfigKey {
  const { items } = ours;
  return { ...ended(ours, releases), ...(items === undefined ? {} : { items: refreshKeys(items, {}, releases) }) };
}
