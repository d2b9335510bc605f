import { expect } from 'chai';
import { nameOnly } from '../../../../../plugin/cluster/projections.ts';
import type { NamespaceScope } from '../../../../../plugin/cluster/types.ts';
import type { ServiceView } from '../../../../../detectors/types.ts';
import { PointedSlices } from '../../../../../plugin/serve/cache/slices/pointed-slices.ts';

const all = 'kubernetes.io/service-name';

function selectorOf(...names: readonly string[]): string {
  return `kubernetes.io/service-name in (${names.join(',')})`;
}

/** Services at which something points, and what is asked for and told. */
function follow(scope: NamespaceScope = 'cluster') {
  const services = new Map<string, ServiceView>();
  const asked: (string | null)[] = [];
  const told: string[] = [];
  const slices = new PointedSlices({
    scope,
    services,
    relist: (namespace) => {
      asked.push(namespace);
      return new Promise((resolve) => {
        ends.push(resolve);
      });
    },
    onServices: (keys) => told.push(...keys),
  });
  const ends: (() => void)[] = [];
  return {
    slices,
    asked,
    told,
    point: (...keys: readonly string[]) => {
      for (const key of keys) {
        const [namespace = '', name = ''] = key.split('/');
        services.set(key, nameOnly({ namespace, name }));
      }
      slices.servicesChanged(keys);
    },
    remove: (...keys: readonly string[]) => {
      for (const key of keys) services.delete(key);
      slices.servicesChanged(keys);
    },
    /** A whole list; returns what it was made by. */
    list: (namespace: string | null = null) => {
      const { labelSelector, onListed } = slices.select(namespace);
      onListed?.();
      for (const end of ends.splice(0)) end();
      return labelSelector;
    },
  };
}

describe('plugin/serve/cache/slices/pointed-slices', () => {
  it('selects no slices when nothing points at any Service', () => {
    expect(follow().list()).to.equal(selectorOf());
  });

  it('holds a new Service back until its slices are listed, and lets its later changes through', () => {
    const { point, told, asked, list } = follow();
    point('a/loki');
    expect(told).to.deep.equal([]);
    expect(asked).to.deep.equal([null]);

    expect(list()).to.equal(selectorOf('loki'));
    expect(told).to.deep.equal(['a/loki']);

    point('a/loki', 'b/loki');
    expect(told).to.deep.equal(['a/loki', 'a/loki', 'b/loki']);
    expect(asked).to.deep.equal([null]);
  });

  it('reports at once a Service that nothing points at any more, even while its slices are awaited', () => {
    const { point, remove, told, list } = follow();
    remove('a/web');
    point('a/loki');
    remove('a/loki');
    expect(told).to.deep.equal(['a/web', 'a/loki']);

    expect(list()).to.equal(selectorOf());
    expect(told).to.deep.equal(['a/web', 'a/loki']);
  });

  it('requests another list for a name that appears during a list, and only one list per name', () => {
    const { slices, point, told, asked, list } = follow();
    point('a/loki', 'b/loki');
    const first = slices.select(null);
    point('a/tempo');
    point('b/tempo', 'c/loki');
    expect(asked).to.deep.equal([null, null]);

    first.onListed?.();
    expect(told).to.deep.equal(['a/loki', 'b/loki', 'c/loki']);

    expect(list()).to.equal(selectorOf('loki', 'tempo'));
    expect(told).to.deep.equal(['a/loki', 'b/loki', 'c/loki', 'a/tempo', 'b/tempo']);
  });

  it('keeps holding a Service back when the list of its slices fails', () => {
    const { slices, point, told, list } = follow();
    point('a/loki');
    slices.select(null);
    expect(told).to.deep.equal([]);

    expect(list()).to.equal(selectorOf('loki'));
    expect(told).to.deep.equal(['a/loki']);
  });

  it('forgets the slices of a name that the last list did not select', () => {
    const { point, remove, told, asked, list } = follow();
    point('a/loki');
    list();
    remove('a/loki');
    list();
    told.length = 0;

    point('a/loki');

    expect(told).to.deep.equal([]);
    expect(asked).to.deep.equal([null, null]);
  });

  it('selects by the names in each namespace when it watches only some namespaces', () => {
    const { point, told, asked, list } = follow(['a', 'b']);
    point('a/loki', 'b/tempo');
    expect(asked).to.deep.equal(['a', 'b']);

    expect(list('a')).to.equal(selectorOf('loki'));
    expect(told).to.deep.equal(['a/loki']);
    expect(list('b')).to.equal(selectorOf('tempo'));
    expect(told).to.deep.equal(['a/loki', 'b/tempo']);
  });

  it('settles once all awaited slices have been listed', async () => {
    const { slices, point, list } = follow();
    point('a/loki');
    point('a/tempo');
    let isSettled = false;
    const settled = slices.settled().then(() => {
      isSettled = true;
    });
    await Promise.resolve();
    expect([slices.isAwaitingIn(null), isSettled]).to.deep.equal([true, false]);

    list();
    expect(slices.isAwaitingIn(null)).to.equal(false);
    await settled;
  });

  it('selects all slices when the names do not fit into a URL, and by name again once they do', () => {
    const { point, remove, told, list } = follow();
    const keys = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `a/${'n'.repeat(60)}${String(100 + index)}`);
    // 63 characters and a comma, which is three in a URL: 105 fit.
    point(...keys(105));
    expect(list()).to.match(/ in \(/);
    point(...keys(106));
    expect(list()).to.equal(all);
    expect(told).to.have.length(211);

    point('a/loki');
    expect(told).to.have.length(212);
    remove(...keys(106));
    expect(list()).to.equal(selectorOf('loki'));
  });

  it('selects all slices after fifty widening lists in a row, until a list without new names', () => {
    const { point, remove, list } = follow();
    const widen = (count: number): unknown[] =>
      Array.from({ length: count }, (_, index) => {
        remove(`a/n${String(index - 1)}`);
        point(`a/n${String(index)}`);
        return list();
      });
    expect(widen(50)).to.not.include(all);
    expect(widen(1)).to.deep.equal([all]);
    expect(list()).to.match(/ in \(/);
    expect(widen(50)).to.not.include(all);
  });

  it('does not count lists that failed as widening lists', () => {
    const { slices, point, list } = follow();
    point('a/loki');

    for (let attempts = 0; attempts < 60; attempts += 1) slices.select(null);

    expect(list()).to.equal(selectorOf('loki'));
  });
});
