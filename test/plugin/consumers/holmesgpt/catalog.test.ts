import { expect } from 'chai';
import * as z from 'zod';
import catalog from '../../../../plugin/consumers/holmesgpt/catalog.json' with { type: 'json' };
import type { Catalog, ConfigKey } from '../../../../plugin/consumers/holmesgpt/catalog.ts';
import { catalogCost, configKeys, knownToolset, toolsets } from '../../../../plugin/consumers/holmesgpt/catalog.ts';

const minor = z.int().min(0);
const period = { since: minor, until: minor.exactOptional() };
const tokens = z.int().min(0);
const type = z.enum(['string', 'number', 'boolean', 'map', 'list', 'any']);

const Key: z.ZodType<ConfigKey> = z.strictObject({
  ...period,
  except: z.array(minor).exactOptional(),
  required: z.union([z.literal(true), z.tuple([minor]), z.tuple([minor, minor])]).exactOptional(),
  type,
  of: type.exclude(['any']).exactOptional(),
  items: z.lazy(() => z.record(z.string(), Key)).exactOptional(),
  replacedBy: z.string().exactOptional(),
  description: z.string().exactOptional(),
});

const Toolset = z.strictObject({
  ...period,
  replacedBy: z.string().exactOptional(),
  byDefault: minor.exactOptional(),
  instances: z.strictObject(period).exactOptional(),
  config: z.record(z.string(), Key).nullable(),
  openConfig: z.literal(true).exactOptional(),
  cost: z
    .array(
      z.strictObject({
        since: minor,
        tools: tokens,
        schemas: tokens,
        instructions: tokens,
        several: z.strictObject({ tools: tokens, once: tokens, each: tokens }).exactOptional(),
      }),
    )
    .min(1)
    .exactOptional(),
});

const File = z.strictObject({
  oldest: z.string(),
  newest: z.string(),
  toolsets: z.record(z.string(), Toolset),
  types: z.record(z.string(), Toolset),
  entryKeys: z.record(z.string(), z.strictObject({ ...period, type })),
});

describe('plugin/consumers/holmesgpt/catalog', () => {
  it('matches its declared type', () => {
    const checked: Catalog = File.parse(catalog);

    expect(checked).to.deep.equal(catalog);
  });

  it('ends nothing before it begins, and names only existing successors', () => {
    for (const [name, { since, until = since, replacedBy, config }] of Object.entries(toolsets)) {
      expect(until, name).to.be.at.least(since);
      if (replacedBy !== undefined) expect(toolsets).to.have.property(replacedBy);
      assertKeys(config ?? {}, name);
    }
  });

  it('repeats the keys of a toolset in its instances, plus a name', () => {
    const { instances, ...own } = configKeys(knownToolset('grafana/loki', 45)!, 45)!;

    expect(Object.keys(instances!.items!)).to.deep.equal([...Object.keys(own), 'name']);
    expect(configKeys(knownToolset('grafana/loki', 31)!, 31)).not.to.have.property('instances');
  });

  it('lists costs in the order of releases, and applies the latest known one', () => {
    for (const [name, { cost = [] }] of Object.entries(toolsets)) {
      const releases = cost.map(({ since }) => since);
      expect(releases, name).to.deep.equal([...new Set(releases)].sort((a, b) => a - b));
    }
    const costIn = (minor: number): number => catalogCost(knownToolset('prometheus/metrics', minor)!, minor)!.since;

    expect([16, 23, 24, 39, 40, 99].map(costIn)).to.deep.equal([16, 16, 24, 24, 40, 40]);
    expect(catalogCost(knownToolset('confluence', 45)!, 45)).to.equal(null);
  });

  it('resolves an old name to its successor from the release that replaced it', () => {
    expect(knownToolset('runbook', 26)).to.equal(toolsets.skills);
    expect(knownToolset('runbook', 25)).to.equal(toolsets.runbook);
  });
});

function assertKeys(keys: Readonly<Record<string, ConfigKey>>, where: string): void {
  for (const [key, { since, until = since, replacedBy, items }] of Object.entries(keys)) {
    expect(until, `${where} ${key}`).to.be.at.least(since);
    if (replacedBy !== undefined) expect(keys, `${where} ${key}`).to.have.property(replacedBy);
    assertKeys(items ?? {}, `${where} ${key}`);
  }
}
