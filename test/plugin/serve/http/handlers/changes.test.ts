import { expect } from 'chai';
import { allClusters } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import { linesOf, listChanges, maxLines } from '../../../../../plugin/serve/http/handlers/changes.ts';
import { ConfigMapChanges } from '../../../../../plugin/serve/http/openapi/schemas.ts';
import type { ConfigMapChange } from '../../../../../plugin/serve/http/state/config-map-history.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import { noSourceChanges } from '../../../../../plugin/serve/reconcile/evaluation/source-changes.ts';
import type { Data } from '../../../../../plugin/lib/json.ts';
import { holmesgpt045 } from '../../../../support/git.ts';
import { PluginError } from '../../../../../plugin/lib/errors.ts';
import { upToDate } from '../../config-map-status.ts';

const name = 'prometheus/metrics';
const at = (port: number): Data => ({ enabled: true, config: { prometheus_url: `http://one.b.svc:${String(port)}` } });
const status = { ...upToDate, desired: 'b', outOfDateSince: 1 };
const change: ConfigMapChange = {
  ...{ at: 1_000, cause: 'services', outcome: 'pending', tookMs: null },
  services: noSourceChanges,
  toolsets: { items: [{ section: 'toolsets', name, change: 'changed' }], total: 1 },
};

describe('plugin/serve/http/handlers/changes', () => {
  function lines(
    before: Data | undefined,
    after: Data | undefined,
    live: Data | undefined,
  ): ReturnType<typeof linesOf> {
    const file = (entry: Data | undefined): Parameters<typeof linesOf>[1]['live'] => ({
      toolsets: entry === undefined ? {} : { [name]: entry },
      mcp_servers: {},
    });
    const files = { before: file(before), after: file(after), live: file(live) };
    return linesOf({ section: 'toolsets', name, change: 'changed' }, files);
  }

  it('returns the changed lines with some context', () => {
    expect(lines(at(9090), at(9091), at(9090))).to.deep.equal({
      lines: [
        ` ${name}:`,
        '   config:',
        '-    prometheus_url: "http://one.b.svc:9090"',
        '+    prometheus_url: "http://one.b.svc:9091"',
        '   enabled: true',
      ],
      withheld: null,
      overridden: false,
    });
  });

  it('returns every line of an entry that is added or removed', () => {
    const all = [`${name}:`, '  config:', '    prometheus_url: "http://one.b.svc:9090"', '  enabled: true'];

    expect(lines(undefined, at(9090), undefined).lines).to.deep.equal(all.map((line) => `+${line}`));
    expect(lines(at(9090), undefined, at(9090)).lines).to.deep.equal(all.map((line) => `-${line}`));
  });

  it('leaves out lines that Git overrides, and says so', () => {
    const live = { enabled: true, config: { prometheus_url: 'http://mine', query_timeout_seconds_default: 30 } };

    expect(lines(at(9090), at(9091), live)).to.deep.include({ lines: [], overridden: true });
    expect(lines(at(9090), { ...(at(9091) as object), enabled: false }, live).lines).to.include('+  enabled: false');
    expect(lines(undefined, at(9090), { config: { query_timeout_seconds_default: 30 } })).to.deep.include({
      overridden: true,
      lines: [
        ` ${name}:`,
        '   config:',
        '+    prometheus_url: "http://one.b.svc:9090"',
        '     query_timeout_seconds_default: 30',
        '+  enabled: true',
      ],
    });
    expect(lines(at(9090), at(9091), undefined)).to.deep.include({ lines: [], overridden: true });
  });

  it('withholds the lines of an entry that may contain a secret', () => {
    const live = { enabled: true, config: { password: 'correct-horse-battery-9' } };
    const { lines: shown, withheld } = lines(at(9090), at(9091), live);

    expect(shown).to.equal(null);
    expect(withheld).to.be.a('string').and.not.include('correct-horse');
  });

  it('truncates a long diff of a toolset', () => {
    const long = {
      enabled: true,
      config: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${String(index)}`, 1])),
    };
    const { lines: shown } = lines(undefined, long, undefined);

    expect(shown).to.have.lengthOf(maxLines + 1);
    expect(shown?.at(-1)).to.equal(` … and ${String(503 - maxLines)} more lines`);
  });

  it('returns the pending change, the history and the start of observation of a ConfigMap', async () => {
    const file = (port: number): object => ({ toolsets: { [name]: at(port) }, mcp_servers: {} });
    const ended = { ...change, outcome: 'applied', tookMs: 1_500 } as const;
    const data = { k: JSON.stringify({ toolsets: { [name]: at(9090) } }) };
    const model = {
      cluster: 'in-cluster',
      configMaps: () => [status],
      configMapHistory: {
        ...{ since: 0, completeSince: () => 0, counts: () => [{ at: 0, services: null, toolsets: null }] },
        ...{ pending: () => change, ended: () => [ended] },
        fileOf: (_: string, digest: string) => file(digest === 'a' ? 9090 : 9091),
      },
      discoveryOf: () =>
        Promise.resolve({
          metadata: { spec: { target: { configMap: { key: 'k' } } } },
          candidates: { consumer: holmesgpt045 },
        }),
      read: () => Promise.resolve({ annotations: {}, data }),
    } as unknown as ReadModel;
    const forbidden = {
      ...model,
      read: () => Promise.reject(new PluginError('CLUSTER_FORBIDDEN', 'no', { hint: '' })),
    };
    const input = { path: null, query: { limit: 10, offset: 0 }, body: null, caller: null, clusters: [] };
    const { signal } = new AbortController();
    const { items } = (await listChanges.handle([model, forbidden], { ...input, access: allClusters, signal })) as {
      readonly items: readonly unknown[];
    };
    const [item, unread] = items.map((one) => ConfigMapChanges.parse(one));

    const start = '1970-01-01T00:00:00.000Z';
    expect(item).to.deep.include({ since: start, application: 'argocd/one' });
    expect(item).to.deep.include({ completeSince: start, counts: [{ at: start, services: null, toolsets: null }] });
    expect(item?.pending?.toolsets?.items[0]?.lines).to.include('+    prometheus_url: "http://one.b.svc:9091"');
    expect(unread?.pending?.toolsets).to.equal(null);
    expect(item?.history).to.deep.equal([
      {
        ...{ at: '1970-01-01T00:00:01.000Z', cause: 'services', outcome: 'applied', tookSeconds: 1.5 },
        services: { items: [], total: 0 },
        toolsets: change.toolsets,
      },
    ]);
  });
});
