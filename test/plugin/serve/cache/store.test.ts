import { expect } from 'chai';
import fc from 'fast-check';
import type { Change, Entry, WritableStore } from '../../../../plugin/serve/cache/store.ts';
import { createStore } from '../../../../plugin/serve/cache/store.ts';

interface View {
  readonly port: number;
}

describe('plugin/serve/cache/store', () => {
  let store: WritableStore<View>;
  let told: Change<View>[][];

  beforeEach(() => {
    told = [];
    store = createStore((changes) => void told.push([...changes]));
  });

  function entry(key: string, version: string, port = 80): Entry<View> {
    return { key, version, view: { port } };
  }

  function keys(): string[][] {
    return told.map((changes) => changes.map(({ key }) => key));
  }

  it("notifies of an object's state before and after each change", () => {
    store.put(entry('team/a', '1'));
    store.put(entry('team/a', '2', 8080));
    store.remove('team/a');

    expect(told.flat()).to.deep.equal([
      { key: 'team/a', before: undefined, after: { port: 80 } },
      { key: 'team/a', before: { port: 80 }, after: { port: 8080 } },
      { key: 'team/a', before: { port: 8080 }, after: undefined },
    ]);
    expect(store.size).to.equal(0);
  });

  it('keeps the view, without a notification, when a new version has an equal view', () => {
    store.put(entry('team/a', '1'));
    const view = store.get('team/a');

    store.put(entry('team/a', '2'));

    expect(store.get('team/a')).to.equal(view);
    expect(store.known('team/a', '1')).to.equal(undefined);
    expect(store.known('team/a', '2')?.view).to.equal(view);
    expect(keys()).to.deep.equal([['team/a']]);
  });

  it('notifies no listener when an unknown key is removed', () => {
    store.remove('team/a');

    expect(told).to.deep.equal([]);
  });

  it('detects missed changes in a list, and notifies of them all at once', () => {
    store.replace([entry('team/a', '1'), entry('team/b', '1'), entry('team/c', '1')], null);

    store.replace([entry('team/a', '1'), entry('team/c', '2', 8080), entry('team/d', '1')], null);

    expect(keys()).to.deep.equal([
      ['team/a', 'team/b', 'team/c'],
      ['team/b', 'team/c', 'team/d'],
    ]);
  });

  it('applies the list of a namespace to that namespace only', () => {
    store.replace([entry('team/a', '1')], 'team');
    store.replace([entry('team-2/a', '1')], 'team-2');

    store.replace([], 'team');

    expect([store.get('team/a'), store.get('team-2/a')]).to.deep.equal([undefined, { port: 80 }]);
  });

  it('notifies of exactly what changes, for any sequence of operations', () => {
    const key = fc.constantFrom('x/a', 'x/b', 'y/a', 'y/b');
    const listed = fc.uniqueArray(fc.record({ key, version: fc.constantFrom('1', '2', '3') }), {
      selector: (one) => one.key,
    });
    const steps = fc.array(
      fc.oneof(
        fc.record({ put: fc.record({ key, version: fc.constantFrom('1', '2', '3') }) }),
        fc.record({ remove: key }),
        fc.record({ replace: listed, namespace: fc.constantFrom('x', 'y', null) }),
      ),
    );
    // Two versions of an object say the same: not every new version is a change.
    const viewed = ({ key, version }: { key: string; version: string }): Entry<View> =>
      entry(key, version, version === '3' ? 8080 : 80);
    fc.assert(
      fc.property(steps, (all) => {
        const mirror = new Map<string, View>();
        const tested = createStore<View>((changes) => {
          for (const { key, before, after } of changes) {
            expect(mirror.get(key)).to.equal(before);
            expect(before).to.not.deep.equal(after);
            if (after) mirror.set(key, after);
            else mirror.delete(key);
          }
        });
        for (const step of all) {
          if ('put' in step) tested.put(viewed(step.put));
          else if ('remove' in step) tested.remove(step.remove);
          else {
            const { namespace } = step;
            const mine = step.replace.filter(({ key }) => namespace === null || key.startsWith(`${namespace}/`));
            tested.replace(mine.map(viewed), namespace);
            const there = [...mirror.keys()].filter((key) => namespace === null || key.startsWith(`${namespace}/`));
            expect(there.toSorted()).to.deep.equal(mine.map(({ key }) => key).toSorted());
          }
        }
        expect(new Set(tested.values())).to.deep.equal(new Set(mirror.values()));
        expect(tested.size).to.equal(mirror.size);
      }),
    );
  });
});
