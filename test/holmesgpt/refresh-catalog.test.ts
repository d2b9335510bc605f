import { expect } from 'chai';
import type { Catalog, CatalogCost, CatalogToolset, ConfigKey } from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { Library, LibraryKey } from './library.ts';
import { refreshCatalog, withCosts } from './refresh-catalog.ts';

const text: LibraryKey = { type: 'string' };
const since16: ConfigKey = { since: 16, type: 'string' };

function catalogOf(toolsets: Catalog['toolsets']): Catalog {
  return { oldest: '0.16.4', newest: '0.45.0', toolsets, types: {}, entryKeys: {} };
}

function libraryOf(toolsets: Library['toolsets'], version = '0.46.1'): Library {
  return { version, toolsets, types: {}, entryKeys: {}, mcpEntryKeys: {}, removed: [], tolerated: [], overridden: [] };
}

/** What becomes of one toolset. */
function refreshed(ours: CatalogToolset, theirs: Library['toolsets'][string] | null, version?: string): CatalogToolset {
  const library = libraryOf(theirs ? { loki: theirs } : {}, version);
  return refreshCatalog(catalogOf({ loki: ours }), library).toolsets.loki!;
}

describe('holmesgpt/refresh-catalog', () => {
  it('names the release that was read, and keeps the oldest one', () => {
    expect(refreshCatalog(catalogOf({}), libraryOf({}))).to.include({ oldest: '0.16.4', newest: '0.46.1' });
  });

  it('adds a new toolset with all its properties, since this release', () => {
    const config = { url: { ...text, required: true }, instances: { type: 'list', items: { url: text } } } as const;

    expect(refreshCatalog(catalogOf({}), libraryOf({ loki: { config, byDefault: true } })).toolsets).to.deep.equal({
      loki: {
        since: 46,
        byDefault: 46,
        instances: { since: 46 },
        config: { url: { since: 46, required: true, type: 'string' } },
      },
    });
  });

  it('ends a removed toolset, its keys and its instances with the previous newest release', () => {
    const ours = { since: 16, instances: { since: 32 }, config: { url: since16, old: { ...since16, until: 17 } } };

    expect(refreshed(ours, null)).to.deep.equal({
      since: 16,
      until: 45,
      instances: { since: 32, until: 45 },
      config: { url: { ...since16, until: 45 }, old: { ...since16, until: 17 } },
    });
  });

  it('ends what the same release no longer has with the release before it', () => {
    expect(refreshed({ since: 16, config: null }, null, '0.45.0').until).to.equal(44);
  });

  const keys: readonly (readonly [string, ConfigKey | null, LibraryKey | null, ConfigKey | undefined])[] = [
    ['a new key', null, { ...text, required: true }, { since: 46, required: true, type: 'string' }],
    ['a removed key', since16, null, { ...since16, until: 45 }],
    ['a key that was removed earlier', { ...since16, until: 20 }, null, { ...since16, until: 20 }],
    ['an unchanged key with its description', { ...since16, description: 'x' }, text, { ...since16, description: 'x' }],
    ['a changed type', since16, { type: 'number' }, { since: 16, type: 'number' }],
    ['a type that the library does not state', since16, { type: 'any' }, since16],
    ['a newly required key', since16, { ...text, required: true }, { ...since16, required: [46] }],
    [
      'a key that is still required',
      { ...since16, required: true },
      { ...text, required: true },
      { ...since16, required: true },
    ],
    ['a key that is no longer required', { ...since16, required: true }, text, { ...since16, required: [16, 45] }],
    [
      'the end of a range of releases that require a key',
      { ...since16, required: [20] },
      text,
      { ...since16, required: [20, 45] },
    ],
    [
      'a range of releases that has ended earlier',
      { ...since16, required: [16, 20] },
      text,
      { ...since16, required: [16, 20] },
    ],
    [
      'a replaced key as required only in earlier releases',
      { ...since16, required: true },
      { ...text, insteadOf: 'api_url' },
      { ...since16, required: true, replacedBy: 'api_url' },
    ],
    [
      'new and removed keys of a map',
      { since: 16, type: 'map', items: { old: since16 } },
      { type: 'map', items: { fresh: text } },
      { since: 16, type: 'map', items: { old: { ...since16, until: 45 }, fresh: { since: 46, type: 'string' } } },
    ],
  ];
  for (const [title, ours, theirs, expected] of keys) {
    it(`records ${title}`, () => {
      const { config } = refreshed(
        { since: 16, config: ours ? { url: ours } : {} },
        { config: theirs ? { url: theirs } : {} },
      );

      expect(config?.url).to.deep.equal(expected);
    });
  }

  it('keeps the order of the file, and appends what is new', () => {
    const ours = catalogOf({ b: { since: 16, config: null }, a: { since: 16, config: null } });
    const library = libraryOf({ a: { config: null }, b: { config: null }, c: { config: null } });

    expect(Object.keys(refreshCatalog(ours, library).toolsets)).to.deep.equal(['b', 'a', 'c']);
  });

  it('records the costs of each release where they differ, and keeps those of other releases', () => {
    const cost = { tools: 1, schemas: 10, instructions: 5 };
    const more = { ...cost, schemas: 20, several: { tools: 1, once: 3, each: 5 } };
    const read = (version: string, one: CatalogCost | typeof cost): Library =>
      libraryOf({ loki: { config: null, cost: one } }, version);
    const libraries = [read('0.16.4', cost), read('0.24.4', cost), read('0.46.0', more)];
    const before = catalogOf({ loki: { since: 16, config: null, cost: [{ since: 45, ...cost, tools: 2 }] } });
    const rows = [
      { since: 16, ...cost },
      { since: 45, ...cost, tools: 2 },
      { since: 46, ...more },
    ];

    const once = libraries.reduce(withCosts, before);

    expect(once.toolsets.loki!.cost).to.deep.equal(rows);
    expect(libraries.reduce(withCosts, once)).to.deep.equal(once);
  });

  const impossible: readonly (readonly [string, CatalogToolset, string])[] = [
    ['a toolset that reappears', { since: 16, until: 20, config: null }, 'loki is back in 0.46'],
    [
      'a toolset that is no longer enabled by default',
      { since: 16, byDefault: 18, config: null },
      'loki is no longer enabled',
    ],
  ];
  for (const [title, ours, message] of impossible) {
    it(`rejects ${title}, which the file cannot express`, () => {
      expect(() => refreshed(ours, { config: null })).to.throw(message);
    });
  }
});
