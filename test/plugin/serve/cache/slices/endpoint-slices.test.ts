import { expect } from 'chai';
import fc from 'fast-check';
import type { SliceView } from '../../../../../plugin/cluster/slice-projections.ts';
import { mergeSlices } from '../../../../../plugin/cluster/slice-projections.ts';
import { createEndpoints } from '../../../../../plugin/serve/cache/slices/endpoint-slices.ts';
import { packSlice, unpackSlice } from '../../../../../plugin/serve/cache/slices/packed-slice.ts';
import type { PackedSlice } from '../../../../../plugin/serve/cache/slices/packed-slice.ts';
import { createStore } from '../../../../../plugin/serve/cache/store.ts';

function slice(service: string, ready: number, notReady = 0, port = 8080, addressType = 'IPv4'): PackedSlice {
  return packSlice({
    key: service,
    addressType,
    endpoints: { ready, notReady, changedAt: 1_000, ports: new Map([['http', port]]), pod: null },
  });
}

describe('plugin/serve/cache/slices/endpoint-slices', () => {
  let told: string[][];

  beforeEach(() => {
    told = [];
  });

  function create(): {
    readonly endpoints: ReturnType<typeof createEndpoints>;
    readonly slices: ReturnType<typeof createStore<PackedSlice>>;
  } {
    const endpoints = createEndpoints((keys) => void told.push([...keys]));
    return { endpoints, slices: createStore(endpoints.update) };
  }

  it('sums the endpoints of all slices of a Service', () => {
    const { endpoints, slices } = create();
    slices.put({ key: 'team/web-1', version: '1', view: slice('team/web', 1) });
    slices.put({ key: 'team/web-2', version: '1', view: slice('team/web', 2, 3) });

    expect(endpoints.of('team/web')).to.include({ ready: 3, notReady: 3 });
    slices.remove('team/web-1');
    expect(endpoints.of('team/web')).to.include({ ready: 2, notReady: 3 });
    slices.remove('team/web-2');
    expect(endpoints.of('team/web')).to.equal(undefined);
    expect(told).to.deep.equal([['team/web'], ['team/web'], ['team/web'], ['team/web']]);
  });

  it('keeps the endpoints, without a notification, when slices change but their sum does not', () => {
    const { endpoints, slices } = create();
    slices.put({ key: 'team/web-1', version: '1', view: slice('team/web', 1) });
    slices.put({ key: 'team/web-2', version: '1', view: slice('team/web', 2) });
    const before = endpoints.of('team/web');
    told = [];

    slices.replace(
      [
        { key: 'team/web-1', version: '2', view: slice('team/web', 2) },
        { key: 'team/web-3', version: '1', view: slice('team/web', 1) },
      ],
      null,
    );

    expect(endpoints.of('team/web')).to.deep.equal(before);
    expect(told).to.deep.equal([]);
  });

  it('follows a slice that is moved to another Service', () => {
    const { endpoints, slices } = create();
    slices.put({ key: 'team/slice', version: '1', view: slice('team/a', 1) });

    slices.put({ key: 'team/slice', version: '2', view: slice('team/b', 1) });

    expect(endpoints.of('team/a')).to.equal(undefined);
    expect(endpoints.of('team/b')).to.include({ ready: 1 });
    expect(told).to.deep.equal([['team/a'], ['team/a', 'team/b']]);
  });

  it('have the ports of ready pods, whatever the pods have that are not ready', () => {
    const portOf = (...views: readonly PackedSlice[]): unknown => {
      const { endpoints, slices } = create();
      views.forEach((view, index) => {
        slices.put({ key: `team/web-${String(index)}`, version: '1', view });
      });
      return endpoints.of('team/web')?.ports?.get('http');
    };
    const [ready, starting] = [slice('team/web', 1, 1, 8080), slice('team/web', 0, 1, 9090)];

    expect(portOf(ready, starting)).to.equal(8080);
    expect(portOf(starting, ready)).to.equal(8080);
    expect(portOf(starting, ready, starting)).to.equal(8080);
    expect(portOf(starting)).to.equal(9090);
  });

  it('packs and unpacks any slice without loss', () => {
    const port = fc.tuple(fc.string(), fc.nat(65_535));
    const endpoints = fc.record({
      ready: fc.nat(),
      notReady: fc.nat(),
      changedAt: fc.option(fc.integer()),
      pod: fc.option(fc.string({ unit: 'binary' })),
      ports: fc.option(fc.array(port, { maxLength: 4 }).map((ports) => new Map(ports))),
    });
    fc.assert(
      fc.property(
        fc.record({ key: fc.string({ unit: 'binary' }), addressType: fc.string(), endpoints }),
        (view: SliceView) => {
          expect(unpackSlice(packSlice(view))).to.deep.equal(view);
        },
      ),
    );
  });

  it('equals a merge of all slices from scratch after any sequence of changes', () => {
    const key = fc.constantFrom('x/1', 'x/2', 'x/3');
    const service = fc.constantFrom('x/a', 'x/b');
    const view = fc.record({
      service,
      ready: fc.nat(2),
      notReady: fc.nat(2),
      port: fc.constantFrom(80, 8080),
      type: fc.constantFrom('IPv4', 'IPv6'),
    });
    const viewOf = (said: {
      service: string;
      ready: number;
      notReady: number;
      port: number;
      type: string;
    }): PackedSlice => slice(said.service, said.ready, said.notReady, said.port, said.type);
    const steps = fc.array(fc.record({ key, view: fc.option(view) }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (all) => {
        const seen = new Map<string, unknown>();
        const endpoints = createEndpoints((keys) => {
          for (const one of keys) {
            expect(endpoints.of(one)).to.not.deep.equal(seen.get(one));
            seen.set(one, endpoints.of(one));
          }
        });
        const slices = createStore(endpoints.update);
        all.forEach(({ key: name, view: said }, index) => {
          if (said) slices.put({ key: name, version: String(index), view: viewOf(said) });
          else slices.remove(name);
        });
        const inOrder = ['x/1', 'x/2', 'x/3'].flatMap((name) => {
          const packed = slices.get(name);
          return packed === undefined ? [] : [unpackSlice(packed)];
        });
        const expected = mergeSlices(inOrder);
        for (const service of ['x/a', 'x/b']) {
          expect(endpoints.of(service)).to.deep.equal(expected.get(service));
          expect(seen.get(service)).to.deep.equal(expected.get(service));
        }
      }),
    );
  });
});
