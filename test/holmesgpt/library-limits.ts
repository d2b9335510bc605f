import type { Limits, LimitsFile } from '../../plugin/consumers/holmesgpt/limits.ts';
import type { Library, LibraryKeys, LibraryToolset } from './library.ts';
import { minorOf } from './library.ts';

type Facts = Readonly<Record<string, Limits>>;

/** What a release refuses beyond names and types, by what it is about: see limits.ts. */
export function limitsIn(library: Library): Facts {
  const { toolsets, types, entryKeys, removed, tolerated, overridden } = library;
  return Object.fromEntries(
    [
      ...Object.entries(toolsets).flatMap(([name, toolset]) => limitsOfToolset(name, toolset)),
      ...Object.entries(types).flatMap(([name, toolset]) => limitsOfToolset(`type:${name}`, toolset)),
      ...Object.entries(entryKeys).map(([name, { type, of, limits, items }]): [string, Limits] => [
        `entry.${name}`,
        {
          ...limits,
          ...(type === 'integer' ? { integer: true } : {}),
          ...(type === 'list' && (of ?? items) !== undefined ? { of: of ?? 'map' } : {}),
          ...requiredOf(items),
        },
      ]),
      ...Object.entries({ removed, tolerated, overridden }).map(([name, names]): [string, Limits] => [
        name,
        names.length > 0 ? { names } : {},
      ]),
    ].filter(([, limits]) => Object.keys(limits).length > 0),
  );
}

function requiredOf(items: LibraryKeys | undefined): Limits {
  const requires = Object.keys(items ?? {}).filter((name) => items?.[name]?.required);
  return requires.length > 0 ? { requires } : {};
}

function limitsOfToolset(
  name: string,
  { config, byDefault: _, cost: _cost, ...own }: LibraryToolset,
): [string, Limits][] {
  const { instances: _instances, ...keys } = config ?? {};
  return [[name, own], ...limitsOfKeys(name, keys)];
}

function limitsOfKeys(path: string, keys: LibraryKeys): [string, Limits][] {
  return Object.entries(keys).flatMap(([name, { type, limits, items }]): [string, Limits][] => [
    [`${path}.${name}`, { ...limits, ...(type === 'integer' ? { integer: true } : {}) }],
    ...limitsOfKeys(`${path}.${name}`, items ?? {}),
  ]);
}

/** The limits with those of a newer release: what stays goes on, what is gone ends with the newest release before. */
export function refreshLimits(file: LimitsFile, library: Library, newest: string): LimitsFile {
  const minor = minorOf(library.version);
  const before = Math.min(minorOf(newest), minor - 1);
  const facts = limitsIn(library);
  const names = [...new Set([...Object.keys(file), ...Object.keys(facts)])].sort();
  return Object.fromEntries(
    names.map((name) => {
      const periods = file[name] ?? [];
      const last = periods.find(({ until }) => until === undefined);
      const now = facts[name];
      if (last && now && isSame(last, now)) return [name, periods];
      const ended = periods.map((one) => (one === last ? { ...one, until: before } : one));
      return [name, now ? [...ended, { since: minor, ...now }] : ended];
    }),
  );
}

function isSame({ since: _since, until: _until, ...one }: LimitsFile[string][number], other: Limits): boolean {
  return canonical(one) === canonical(other);
}

function canonical(limits: Limits): string {
  return JSON.stringify(Object.fromEntries(Object.entries(limits).sort()));
}
