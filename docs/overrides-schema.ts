import * as z from 'zod';
import type { ConfigKey } from '../plugin/toolsets/holmesgpt-catalogue.ts';
import {
  configKeys,
  entryKeys,
  knownToolset,
  newest,
  toolsets,
  types,
} from '../plugin/toolsets/holmesgpt-catalogue.ts';
import { discoveredTypes } from '../plugin/toolsets/holmesgpt-shapes.ts';

const minor = Number(newest.split('.')[1]);

/**
 * `overrides.yaml` for the newest HolmesGPT, for editors: they complete names of toolsets and their keys. Other keys
 * pass, for any version may have its own: `validate` knows which one does.
 */
export const Overrides = z
  .strictObject({
    toolsets: z
      .looseObject(Object.fromEntries(names().map((name) => [name, entryOf(name).nullish()])))
      .catchall(entryOf('').nullable())
      .nullish()
      .describe('Toolsets by name; null removes one.'),
    mcp_servers: z
      .record(z.string(), entry(configOf(types.mcp?.config ?? {})).nullable())
      .nullish()
      .describe('MCP servers by name; null removes one.'),
  })
  .nullable();

/** Built in and still there, and those that detectors configure. */
function names(): string[] {
  const builtIn = Object.keys(toolsets).filter((name) => knownToolset(name, minor) !== null);
  return [...new Set([...builtIn, ...Object.keys(discoveredTypes)])].sort();
}

function entryOf(name: string): ReturnType<typeof entry> {
  const known = knownToolset(name, minor) ?? types[discoveredTypes[name] ?? ''];
  return entry(configOf((known && configKeys(known, minor)) ?? {}));
}

function entry(config: z.ZodType): z.ZodObject {
  const keys = Object.entries(entryKeys).filter(([, { since, until = Infinity }]) => since <= minor && minor <= until);
  return z.strictObject({
    ...Object.fromEntries(keys.map(([key, { type }]) => [key, typeOf({ since: 0, type }).nullish()])),
    config: config.nullish(),
  });
}

function configOf(keys: Readonly<Record<string, ConfigKey>>): z.ZodType {
  return z.looseObject(Object.fromEntries(Object.entries(keys).map(([key, one]) => [key, typeOf(one).nullish()])));
}

/** HolmesGPT reads texts as numbers and booleans too: references are such texts. */
function typeOf({ type, items, description }: ConfigKey): z.ZodType {
  const own = {
    string: z.string(),
    number: z.union([z.number(), z.string()]),
    boolean: z.union([z.boolean(), z.string()]),
    map: items ? configOf(items) : z.looseObject({}),
    list: z.array(items ? configOf(items) : z.unknown()),
    any: z.unknown(),
  }[type];
  return description === undefined ? own : own.describe(description);
}
