import { expect } from 'chai';
import {
  catalogCost,
  configKeys,
  entryKeys,
  knownToolset,
  knownType,
  newest,
  oldest,
  toolsets,
  types,
} from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { CatalogCost, ConfigKey, EntryKey, KnownToolset } from '../../plugin/consumers/holmesgpt/catalog.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import limits from '../../plugin/consumers/holmesgpt/limits.json' with { type: 'json' };
import { limitsOf } from '../../plugin/consumers/holmesgpt/limits.ts';
import type { Limits, LimitsFile } from '../../plugin/consumers/holmesgpt/limits.ts';
import type { Library, LibraryKey, LibraryKeys } from './library.ts';
import { minorOf, typeOf } from './library.ts';
import { limitsIn } from './library-limits.ts';
import { judgeSuite } from './suite.ts';

/** plugin/consumers/holmesgpt/catalog.json, compared with the library's own classes. */
describe('holmesgpt/catalog', () => {
  it('names the oldest and newest release that the tests install', () => {
    expect([oldest, newest]).to.deep.equal([holmesVersions[0], holmesVersions.at(-1)]);
  });

  for (const version of holmesVersions) {
    describe(version, () => {
      const suite = judgeSuite();
      const minor = minorOf(version);
      let library: Library;

      before(async () => {
        library = await suite.judges[version].library();
      });

      it('is the installed release', () => {
        expect(library.version).to.equal(version);
      });

      it('has the same toolsets, with the same ones enabled by default', () => {
        const ours = Object.keys(toolsets).filter((name) => isIn(toolsets[name]!, minor));
        const on = ours.filter((name) => (toolsets[name]!.byDefault ?? Infinity) <= minor);

        expect(ours.sort()).to.deep.equal(Object.keys(library.toolsets).sort());
        expect(on.sort()).to.deep.equal(
          Object.keys(library.toolsets)
            .filter((name) => library.toolsets[name]!.byDefault)
            .sort(),
        );
      });

      it('accepts and requires the same keys in the config of each toolset', () => {
        for (const [name, { config }] of Object.entries(library.toolsets)) {
          expect(oursOf(knownToolset(name, minor), minor, config), name).to.deep.equal(comparable(config));
        }
      });

      it('has the same types of custom toolsets, with the same keys', () => {
        const ours = Object.keys(types).filter((name) => isIn(types[name]!, minor));

        expect(ours.sort()).to.deep.equal(Object.keys(library.types).sort());
        for (const [name, { config }] of Object.entries(library.types)) {
          expect(oursOf(knownType(name, minor), minor, config), name).to.deep.equal(comparable(config));
        }
      });

      it('accepts the same keys in an entry', () => {
        expect(entryTypes(entryKeys, minor)).to.deep.equal(typesOf(library.entryKeys));
        expect(entryTypes(entryKeys, minor)).to.deep.equal(typesOf(library.mcpEntryKeys));
      });

      it('has the same costs for each toolset and type', () => {
        const ours = [
          ...Object.keys(library.toolsets).map(
            (name) => [name, catalogCost(knownToolset(name, minor)!, minor)] as const,
          ),
          ...Object.keys(library.types).map((name) => [name, catalogCost(knownType(name, minor)!, minor)] as const),
        ];
        const theirs = Object.entries({ ...library.toolsets, ...library.types });

        expect(ours.map(([name, cost]) => [name, figuresOf(cost)])).to.deep.equal(
          theirs.map(([name, { cost }]) => [name, figuresOf(cost?.tools === 0 ? null : (cost ?? null))]),
        );
      });

      it('has the same enums, ranges, pairs of keys, tags and rejections', () => {
        const subjects = new Set([...Object.keys(limits), ...Object.keys(limitsIn(library))]);
        const ours = [...subjects].map((subject): [string, object] => {
          const {
            since: _since,
            until: _until,
            ...one
          } = limitsOf(subject, minor) as Limits & LimitsFile[string][number];
          return [subject, one];
        });

        expect(Object.fromEntries(ours.filter(([, one]) => Object.keys(one).length > 0))).to.deep.equal(
          limitsIn(library),
        );
      });
    });
  }
});

function figuresOf(cost: Omit<CatalogCost, 'since'> | null): readonly number[] | null {
  if (!cost) return null;
  const { tools, schemas, instructions, several } = cost;
  return [tools, schemas, instructions, several?.tools ?? 0, several?.once ?? 0, several?.each ?? 0];
}

type Comparable = Readonly<Record<string, unknown>> | null;

function oursOf(
  known: KnownToolset | null,
  minor: number,
  theirs: Readonly<Record<string, LibraryKey>> | null,
): Comparable {
  const keys = known && configKeys(known, minor);
  const named = (one: Readonly<Record<string, ConfigKey>>): Readonly<Record<string, LibraryKey>> =>
    Object.fromEntries(
      Object.entries(one).map(([name, { replacedBy, items, type, of, required }]) => [
        name,
        {
          type,
          ...(of === undefined ? {} : { of }),
          ...(required ? { required: true } : {}),
          ...(replacedBy === undefined ? {} : { insteadOf: replacedBy }),
          ...(items === undefined ? {} : { items: named(items) }),
        },
      ]),
    );
  return comparable(keys && named(keys), theirs);
}

/** Where the library's code does not say of what type a key is, there is nothing to compare: ours may say more. */
function comparable(
  keys: Readonly<Record<string, LibraryKey>> | null,
  theirs: Readonly<Record<string, LibraryKey>> | null = keys,
): Comparable {
  if (keys === null) return null;
  return Object.fromEntries(
    Object.entries(keys).map(([name, { of, items, limits: _limits, ...key }]) => {
      const other = theirs?.[name];
      return [
        name,
        {
          ...key,
          type: other?.type === 'any' ? 'any' : typeOf(key),
          of: other?.of === undefined ? undefined : of,
          items: items && comparable(items, other?.items ?? {}),
        },
      ];
    }),
  );
}

function typesOf(keys: LibraryKeys): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, typeOf(key)]));
}

function entryTypes(keys: Readonly<Record<string, EntryKey>>, minor: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(keys)
      .filter(([, key]) => isIn(key, minor))
      .map(([name, { type }]) => [name, type]),
  );
}

function isIn({ since, until }: Pick<EntryKey, 'since' | 'until'>, minor: number): boolean {
  return since <= minor && minor <= (until ?? minor);
}
