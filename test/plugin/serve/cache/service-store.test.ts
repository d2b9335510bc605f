import { expect } from 'chai';
import fc from 'fast-check';
import type { ServiceView } from '../../../../detectors/types.ts';
import { nameOnly } from '../../../../plugin/cluster/projections.ts';
import { createServiceStore } from '../../../../plugin/serve/cache/service-store.ts';
import type { ServiceName, ServiceStore } from '../../../../plugin/serve/cache/service-store.ts';
import type { Entry } from '../../../../plugin/serve/cache/store.ts';

type Listed = Entry<ServiceView | ServiceName>;

/** `port` is that of a Service at which something points; `null` is one at which nothing does. */
function entry(namespace: string, name: string, port: number | null): Listed {
  const view = port === null ? { namespace, name } : { ...nameOnly({ namespace, name }), type: String(port) };
  return { key: `${namespace}/${name}`, version: String(port), view };
}

/** Everything that the store says, in order. */
function contentOf(store: ServiceStore): unknown {
  const keyed = (all: Iterable<ServiceView>): string[] =>
    [...all].map(({ namespace, name, type }) => `${namespace}/${name} ${type}`).sort();
  const [kept, others] = [keyed(store.values()), keyed(store.others())];
  return { kept, others, size: store.size, namespaces: [...store.namespaces()].sort() };
}

describe('plugin/serve/cache/service-store', () => {
  it('holds the latest state from lists and events, and notifies of every difference', () => {
    const namespaces = fc.constantFrom('a', 'b');
    const service = fc.tuple(namespaces, fc.constantFrom('x', 'y', 'z'), fc.constantFrom(null, 1, 2));
    const step = fc.oneof(
      fc.record({ put: service }),
      fc.record({ remove: service }),
      fc.record({ list: fc.array(service), of: fc.constantFrom(null, 'a', 'b') }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const told: string[] = [];
        const store = createServiceStore((keys) => told.push(...keys));
        const expected = new Map<string, Listed>();
        for (const one of steps) {
          const before = new Map(expected);
          told.length = 0;
          if ('put' in one) {
            const put = entry(...one.put);
            store.put(put);
            expected.set(put.key, put);
          } else if ('remove' in one) {
            const { key } = entry(...one.remove);
            store.remove(key);
            expected.delete(key);
          } else {
            const all = one.list.filter(([namespace]) => one.of === null || namespace === one.of);
            const listed = new Map(all.map((some) => [`${some[0]}/${some[1]}`, entry(...some)]));
            store.replace([...listed.values()], one.of);
            for (const key of expected.keys())
              if (one.of === null || key.startsWith(`${one.of}/`)) expected.delete(key);
            for (const [key, some] of listed) expected.set(key, some);
          }
          const other = createServiceStore(() => undefined);
          for (const some of expected.values()) other.put(some);

          expect(contentOf(store)).to.deep.equal(contentOf(other));
          const differ = [...new Set([...before.keys(), ...expected.keys()])].filter(
            (key) => before.get(key)?.version !== expected.get(key)?.version,
          );
          expect([...told].sort()).to.deep.equal(differ.sort());
        }
      }),
    );
  });

  it('knows versions only of Services that something points at, and keeps an unchanged view', () => {
    const store = createServiceStore(() => undefined);
    store.put(entry('a', 'x', 1));
    store.put(entry('a', 'y', null));
    const view = store.get('a/x');

    store.replace([entry('a', 'x', 1), entry('a', 'y', null)], null);

    expect(store.get('a/x')).to.equal(view);
    expect(store.get('a/y')).to.equal(undefined);
    expect(store.known('a/x', '1')).to.not.equal(undefined);
    expect(store.known('a/y', 'null')).to.equal(undefined);
  });
});
