import { expect } from 'chai';
import { loadRoute } from '../../../../plugin/serve/page/browser/api/load.ts';
import type { Application, Cluster } from '../../../../plugin/serve/page/browser/api/responses.ts';
import { memberOf } from '../../../../plugin/serve/page/browser/model.ts';
import { hashOf, parseRoute } from '../../../../plugin/serve/page/browser/route.ts';

const configMap = 'holmesgpt/fleet';
const address = `#services?configMap=${encodeURIComponent(configMap)}`;

describe('plugin/serve/page: Services of a ConfigMap that is made of several clusters', () => {
  it('has the cluster in the address, and no word of it by default', () => {
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
    it(`shows ${String(shown)} of ${JSON.stringify(items)} where the address says ${String(member)}`, () => {
      const clusters = items && { items: [...items], total: 3 };

      expect(memberOf({ cluster: 'in-cluster', clusters }, { member })).to.equal(shown);
    });

  for (const [title, hash, items, asked] of [
    ['one that the address does not name', address, ['in-cluster', 'far'], ['in-cluster']],
    ['the one of the address', `${address}&member=far`, ['in-cluster', 'far'], ['far']],
    ['another than one that is none of them', `${address}&member=gone`, ['in-cluster', 'far'], ['in-cluster']],
    ['the first where the hub is none of them', address, ['far'], ['in-cluster', 'far']],
    ['none that could not be opened', `${address}&member=lost`, ['in-cluster', 'lost'], []],
    ['none where the account may see none of them', `${address}&member=far`, [], []],
    ['the hub where it is not known which they are', address, null, ['in-cluster']],
  ] as const)
    it(`asks for the Services of ${title}`, async () => {
      const { content, of } = await load(hash, items && { items: [...items], total: 2 });

      expect(of).to.deep.equal(asked);
      expect(content).to.deep.equal({ view: 'services', list: asked.length === 0 ? null : { of: asked.at(-1) } });
    });

  it('asks for everything else of the cluster that the ConfigMap is in', async () => {
    const { of } = await load(address.replace('services', 'settings') + '&member=far', { items: ['far'], total: 1 });

    expect(of).to.deep.equal(['in-cluster']);
  });
});

/** Loads an address; `of` are the clusters that are asked for the content. */
async function load(
  hash: string,
  clusters: Application['clusters'],
): Promise<{ readonly content: unknown; readonly of: readonly unknown[] }> {
  const of: unknown[] = [];
  const application = { cluster: 'in-cluster', configMap, clusters } as Application;
  const states = Object.entries({ 'in-cluster': 'readable', far: 'unreadable', lost: 'unopened' });
  const watched = states.map(([name, state]) => ({ name, state }) as Cluster);
  const answer = (path: string, cluster: unknown): unknown => {
    if (path === 'clusters') return { items: watched };
    if (path === 'applications') return { items: [application] };
    of.push(cluster);
    return path === 'explain' ? { of: cluster } : { items: [] };
  };
  const { content } = await loadRoute(
    <T>(path: string, { cluster }: { readonly cluster?: unknown }) => Promise.resolve(answer(path, cluster) as T),
    { route: parseRoute(hash), open: new Set() },
  );
  return { content, of };
}
