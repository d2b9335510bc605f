import { expect } from 'chai';
import { ApiError } from '../../../../plugin/serve/page/browser/api/client.ts';
import { loadRoute } from '../../../../plugin/serve/page/browser/api/load.ts';
import type { Application, Cluster } from '../../../../plugin/serve/page/browser/api/responses.ts';
import { memberOf } from '../../../../plugin/serve/page/browser/model.ts';
import { hashOf, parseRoute } from '../../../../plugin/serve/page/browser/route.ts';

const configMap = 'holmesgpt/fleet';
const address = `#services?configMap=${encodeURIComponent(configMap)}`;

describe('plugin/serve/page: Services of a ConfigMap that is made of several clusters', () => {
  it('keeps the cluster in the address, and omits it by default', () => {
    expect(parseRoute(`${address}&member=far`)).to.deep.include({ view: 'services', configMap, member: 'far' });
    expect(parseRoute(address).member).to.equal(null);
    for (const hash of [address, `${address}&member=https%3A%2F%2F10.0.0.1`])
      expect(hashOf(parseRoute(hash))).to.equal(hash);
  });

  for (const [items, member, shown] of [
    [['far', 'in-cluster', 'near'], 'near', 'near'],
    [['far', 'in-cluster', 'near'], null, 'in-cluster'],
    [['far', 'in-cluster'], 'gone', 'in-cluster'],
    [['far', 'near'], 'in-cluster', 'far'],
    [['far', 'near'], null, 'far'],
    [[], 'far', null],
    [null, 'far', 'in-cluster'],
  ] as const)
    it(`selects ${String(shown)} of ${JSON.stringify(items)} when the address says ${String(member)}`, () => {
      const clusters = items && { items: [...items], total: 3 };

      expect(memberOf({ cluster: 'in-cluster', clusters }, { member })).to.equal(shown);
    });

  for (const [title, hash, items, asked] of [
    ['the hub when the address names no cluster', address, ['in-cluster', 'far'], ['in-cluster']],
    ['the cluster that the address names', `${address}&member=far`, ['in-cluster', 'far'], ['far']],
    [
      'the hub when the ConfigMap is not made of the named cluster',
      `${address}&member=gone`,
      ['in-cluster', 'far'],
      ['in-cluster'],
    ],
    ['the first cluster when the ConfigMap is not made of the hub', address, ['far'], ['in-cluster', 'far']],
    ['no cluster when the account may see none of them', `${address}&member=far`, [], []],
    ['the hub when the clusters are unknown', address, null, ['in-cluster']],
  ] as const)
    it(`requests the Services of ${title}`, async () => {
      const { content, of } = await load(hash, items && { items: [...items], total: 2 });

      expect(of).to.deep.equal(asked);
      expect(content).to.deep.equal({ view: 'services', list: asked.length === 0 ? null : { of: asked.at(-1) } });
    });

  it('shows nothing for an unread cluster that was never listed, and fails when a readable one does not answer', async () => {
    const clusters = { items: ['in-cluster', 'lost', 'silent', 'unwatched'], total: 4 };

    for (const name of ['lost', 'unwatched']) {
      const away = await load(`${address}&member=${name}`, clusters);
      expect(away).to.deep.include({ content: { view: 'services', list: null }, applications: 1 });
    }
    const silent = await load(`${address}&member=silent`, clusters).catch((error: unknown) => error);
    expect(silent).to.be.instanceOf(ApiError).and.to.include({ status: 503 });
  });

  it("requests everything else from the ConfigMap's own cluster", async () => {
    const { of } = await load(address.replace('services', 'settings') + '&member=far', { items: ['far'], total: 1 });

    expect(of).to.deep.equal(['in-cluster']);
  });
});

/** Loads an address; `of` are the clusters that are asked for the content. */
async function load(
  hash: string,
  clusters: Application['clusters'],
): Promise<{ readonly content: unknown; readonly applications: number; readonly of: readonly unknown[] }> {
  const of: unknown[] = [];
  const application = { cluster: 'in-cluster', configMap, clusters } as Application;
  const states = Object.entries({ 'in-cluster': 'readable', far: 'unreadable', lost: 'unopened', silent: 'readable' });
  const watched = states.map(([name, state]) => ({ name, state }) as Cluster);
  const answer = (path: string, cluster: unknown): unknown => {
    if (path === 'clusters') return { items: watched };
    if (path === 'applications') return { items: [application], page: { total: 1 } };
    of.push(cluster);
    if (cluster === 'unwatched') throw new ApiError(404, 'Not found', 'There is no such cluster');
    if (cluster === 'lost' || cluster === 'silent') throw new ApiError(503, 'Not ready', 'It has not been listed');
    return path === 'explain' ? { of: cluster } : { items: [] };
  };
  const ask = <T>(path: string, { cluster }: { readonly cluster?: unknown }): Promise<T> =>
    Promise.resolve().then(() => answer(path, cluster) as T);
  const { content, applications } = await loadRoute(ask, { route: parseRoute(hash), open: new Set() });
  return { content, applications: applications?.length ?? 0, of };
}
