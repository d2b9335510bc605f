import { expect } from 'chai';
import { problemFor } from '../../../../../plugin/serve/http/problem-details.ts';
import { memoizedAccess, chosenClusters, clusterPath } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import type { ClusterAccess } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import type { ShownCluster } from '../../../../../plugin/serve/http/state/shown-cluster.ts';

describe('plugin/serve/http/auth/cluster-access', () => {
  it('chooses its own cluster, without an access review, when no other is named', async () => {
    expect(await names('in-cluster', [own, shown('spoke')], asksNothing)).to.deep.equal(['in-cluster']);
    expect(await names('*', [own], access('spoke'))).to.deep.equal(['in-cluster']);
  });

  it('checks the permission before it reveals whether a cluster exists', async () => {
    for (const name of ['spoke', 'made-up'])
      expect(await problemOf(name, [own, shown('spoke')], access())).to.equal('forbidden');
    expect(await problemOf('made-up', [own, shown('spoke')], access('made-up'))).to.equal('not-found');
    expect(await names('spoke', [own, shown('spoke')], access('spoke'))).to.deep.equal(['spoke']);
  });

  it('omits clusters that the account may not see from all clusters', async () => {
    const all = [own, shown('a'), shown('b'), shown('away', { model: null, isOpen: false })];

    expect(await names('*', all, access('b', 'away'))).to.deep.equal(['in-cluster', 'b', 'away']);
  });

  it('returns not-ready for a cluster that has not been evaluated yet', async () => {
    const away = shown('away', {
      model: null,
      unread: { reason: 'NotListed', message: 'services have not been listed' },
    });

    expect(await problemOf('away', [own, away], access('away'))).to.equal('not-ready');
    expect(await problemOf('in-cluster', [{ ...own, model: null }], access())).to.equal('not-ready');
    expect(await problemOf('*', [{ ...own, model: null }], access())).to.equal('not-ready');
  });

  it('never mistakes another cluster for its own, whatever its name', async () => {
    const twin = shown('in-cluster');

    expect(await chosenClusters([own, twin], 'in-cluster', access())).to.deep.equal([own]);
    expect(await chosenClusters([own, twin], '*', access())).to.deep.equal([own]);
  });

  it('reviews each name once per request, even concurrently', async () => {
    const asked: (readonly string[])[] = [];
    const { assertMaySee, visibleAmong } = access('a', 'c');
    const once = memoizedAccess({
      assertMaySee,
      visibleAmong: (all) => {
        if (all.length > 0) asked.push(all);
        return visibleAmong(all);
      },
    });

    const answers = await Promise.all([once.visibleAmong(['a', 'b']), once.visibleAmong(['b', 'a', 'c'])]);

    expect(answers.map((seen) => [...seen])).to.deep.equal([['a'], ['a', 'c']]);
    expect([...(await once.visibleAmong(['c', 'b']))]).to.deep.equal(['c']);
    expect(asked).to.deep.equal([['a', 'b'], ['c']]);
  });

  it('encodes any name as a single path segment', () => {
    expect(clusterPath('https://10.0.0.1:6443/a')).to.equal(
      '/dynamic-toolset/clusters/https%3A%2F%2F10.0.0.1%3A6443%2Fa',
    );
    expect(clusterPath('../api/v1')).to.equal('/dynamic-toolset/clusters/..%2Fapi%2Fv1');
  });
});

const own = shown('in-cluster', { isOwn: true });

function shown(name: string, changes: Partial<ShownCluster> = {}): ShownCluster {
  const model = { cluster: name } as ReadModel;
  const known = {
    server: 'example.com',
    isOpen: true,
    unread: null,
    since: 0,
    services: 0,
    configMaps: 0,
    builtFromOthers: [],
    parts: null,
  };
  return { name, isOwn: false, model, ...known, ...changes };
}

function access(...granted: readonly string[]): ClusterAccess {
  return {
    assertMaySee: (name) =>
      granted.includes(name)
        ? Promise.resolve()
        : Promise.reject(problemFor.clusterForbidden('anna', name, clusterPath(name))),
    visibleAmong: (all) => Promise.resolve(new Set(all.filter((name) => granted.includes(name)))),
  };
}

const asksNothing: ClusterAccess = {
  assertMaySee: () => Promise.reject(new Error('asked')),
  visibleAmong: () => Promise.reject(new Error('asked')),
};

async function names(named: string, all: readonly ShownCluster[], rights: ClusterAccess): Promise<readonly string[]> {
  return (await chosenClusters(all, named, rights)).map(({ name }) => name);
}

async function problemOf(named: string, all: readonly ShownCluster[], rights: ClusterAccess): Promise<unknown> {
  return chosenClusters(all, named, rights).then(
    () => 'none',
    (error: unknown) => (error as { readonly code?: unknown }).code,
  );
}
