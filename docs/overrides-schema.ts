import * as z from 'zod';
import type { ConfigKey } from '../plugin/consumers/holmesgpt/catalog.ts';
import { configKeys, entryKeys, knownToolset, newest, toolsets, types } from '../plugin/consumers/holmesgpt/catalog.ts';
import { discoveredTypes } from '../plugin/consumers/holmesgpt/toolset-specs.ts';

const minor = Number(newest.split('.')[1]);

const made = new Map<string, z.ZodType>();

const entryTypes = Object.entries(entryKeys).filter(
  ([, { since, until = Infinity }]) => since <= minor && minor <= until,
);

/** Any entry, whatever its `config`. */
const Entry = z
  .strictObject({
    ...Object.fromEntries(entryTypes.map(([key, { type }]) => [key, typeOf({ since: 0, type })])),
    config: z.looseObject({}).nullish(),
  })
  .nullable()
  .meta({ id: 'entry' });

/**
 * `overrides.yaml` for the newest HolmesGPT, for editors: they complete toolset names and keys. Other keys are
 * accepted, since other versions may have their own: `validate` knows which one does.
 */
export const Overrides = z
  .strictObject({
    toolsets: z
      .looseObject(Object.fromEntries(names().map((name) => [name, entryOf(name).optional()])))
      .catchall(Entry)
      .nullish()
      .describe('Toolsets by name; null removes one.'),
    mcp_servers: z
      .record(z.string(), withConfig('mcp', types.mcp?.config ?? {}))
      .nullish()
      .describe('MCP servers by name; null removes one.'),
  })
  .nullable();

/** Existing built-in toolsets, and those that detectors configure. */
function names(): string[] {
  const builtIn = Object.keys(toolsets).filter((name) => knownToolset(name, minor) !== null);
  return [...new Set([...builtIn, ...Object.keys(discoveredTypes)])].sort();
}

/** The entry of a toolset; any entry for one without a known config. */
function entryOf(name: string): z.ZodType {
  const known = knownToolset(name, minor) ?? types[discoveredTypes[name] ?? ''];
  return withConfig(discoveredTypes[name] ?? name, (known && configKeys(known, minor)) ?? {});
}

type Keys = Readonly<Record<string, ConfigKey>>;

/** Each entry is defined once, by name, so that the schema stays readable. */
function withConfig(name: string, keys: Keys): z.ZodType {
  if (Object.keys(keys).length === 0) return Entry;
  const id = name.replaceAll('/', '-');
  return once(`entry of ${name}`, () =>
    z.intersection(Entry, z.looseObject({ config: configOf(keys, `${id}.config`).nullish() }).nullable()).meta({ id }),
  );
}

/** Toolsets with the same keys share one definition, under the name of the first. */
function configOf(keys: Keys, id: string): z.ZodType {
  return once(JSON.stringify(keys), () => {
    const parts = Object.entries(keys).map(([key, one]) => [key, typeOf(one, `${id}.${key}`)] as const);
    return z.looseObject(Object.fromEntries(parts)).meta({ id });
  });
}

function once(key: string, make: () => z.ZodType): z.ZodType {
  const schema = made.get(key) ?? make();
  made.set(key, schema);
  return schema;
}

/**
 * The type of a key that may be omitted, or set to null, which removes it. HolmesGPT also reads text as numbers and
 * booleans: references are such text.
 */
function typeOf({ type, items, description }: ConfigKey, id = ''): z.ZodType {
  const own = {
    string: () => z.string(),
    number: () => z.union([z.number(), z.string()]),
    boolean: () => z.union([z.boolean(), z.string()]),
    map: () => (items ? configOf(items, id) : z.looseObject({})),
    list: () => z.array(items ? configOf(items, id) : z.unknown()),
    any: () => z.unknown(),
  }[type]();
  return description === undefined ? own.nullish() : own.nullish().describe(description);
}
