import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { prometheus, service, slice } from '../../support/objects.ts';
import type { FixtureRun } from './fixture.ts';
import { runFixture } from './fixture.ts';

/** A tenant that wants the place of the real backend, in a cluster without `trust.namespaces` unless one is named. */
describe('plugin/discovery/poisoning-places', () => {
  const folder = temporaryFolder();
  const best = { discovery: { instances: 'best' } };
  const real = 'monitoring/prometheus';
  const start = Date.parse('2026-01-01T00:00:00Z');
  const minutes = (count: number): string => new Date(start + count * 60_000).toISOString();

  /** What the cluster holds at one moment. */
  interface Moment {
    readonly at: number;
    /** Since when the real one is unready, in minutes; ready without. */
    readonly downSince?: number;
    readonly tenants?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  }

  function clusterAt({ at, downSince, tenants = [], labels = {} }: Moment): KubeObject[] {
    const own = prometheus();
    const server = { ...own, metadata: { ...own.metadata, labels: { ...own.metadata.labels, ...labels } } };
    const state = downSince === undefined ? {} : { ready: 0, notReady: 1, changedAt: minutes(downSince) };
    return [
      server,
      slice(server, state),
      ...tenants.map((namespace) => prometheus(namespace)).flatMap((one) => [one, slice(one)]),
      slice(service({ name: 'clock' }), { changedAt: minutes(at) }),
    ];
  }

  /** Generates at each moment, with what it generated before in the cluster; the last run. */
  async function history(spec: object, moments: readonly Moment[]): Promise<FixtureRun> {
    let run: FixtureRun | undefined;
    for (const moment of moments)
      run = await runFixture(folder, {
        spec: { health: { check: 'readiness' }, ...spec },
        items: clusterAt(moment),
        ...(run ? { live: run.manifest } : {}),
      });
    return run!;
  }

  /** Whose URL is in, the default first. */
  function inOrder({ toolsets }: FixtureRun): string[] {
    const { config } = toolsets['prometheus/metrics']!;
    const urls = ((config.instances ?? [config]) as { prometheus_url: string }[]).map((one) => one.prometheus_url);
    return urls.map((url) => url.replace(/^http:\/\/(.+?)\.(.+?)\.svc.*$/, '$2/$1'));
  }

  for (const [title, labels] of [
    ['serves the whole cluster', {}],
    ['another product brought for itself', { 'app.kubernetes.io/instance': 'gitlab' }],
  ] as const) {
    it(`never displaces an admitted backend that ${title}`, async () => {
      const moments = [0, 1, 2].map((at) => ({ at, labels, tenants: at === 0 ? [] : ['aaa', 'zzz'] }));

      expect(inOrder(await history(best, moments))).to.deep.equal([real]);
      expect(inOrder(await history({}, moments))).to.deep.equal([real, 'aaa/prometheus', 'zzz/prometheus']);
    });
  }

  it('keeps an admitted toolset in the budget, whatever toolset of a tenant sorts before it', async () => {
    const spec = { health: { check: 'none' }, target: { maxToolTokens: 8_500, budget: 'enforce' } };
    const tenants = service({
      namespace: 'aaa',
      name: 'elasticsearch',
      labels: { 'app.kubernetes.io/name': 'elasticsearch' },
      ports: [{ name: 'http', port: 9200 }],
    });
    let run = await runFixture(folder, { spec, items: [prometheus()] });

    for (let generation = 0; generation < 3; generation += 1) {
      run = await runFixture(folder, { spec, items: [prometheus(), tenants], live: run.manifest });

      expect(Object.keys(run.toolsets)).to.deep.equal(['kubernetes/core', 'prometheus/metrics']);
    }
  });

  it('restores a backend to its place after an outage longer than evictAfter, whenever the tenant came', async () => {
    for (const since of [0, 1, 20, 30]) {
      const down = [15, 25, 35].map((at) => ({ at, downSince: 1 }));
      const moments = [{ at: 0 }, ...down, { at: 40 }].map((moment) => ({
        ...moment,
        tenants: moment.at >= since && moment.at > 0 ? ['aaa'] : [],
      }));

      const failed = await history(best, moments.slice(0, -1));
      expect(inOrder(failed)).to.deep.equal(['aaa/prometheus']);
      const decision = failed.explanation.services.find(({ namespace }) => namespace === 'monitoring');
      expect(decision?.message).to.equal(
        'prometheus has no ready endpoint (0 of 1); its place is kept as long as its Service exists',
      );
      expect(inOrder(await history(best, moments))).to.deep.equal([real]);
      expect(inOrder(await history({}, moments))).to.deep.equal([real, 'aaa/prometheus']);
    }
  });

  it('makes an admitted backend the default whenever it is ready, whatever tenants come and go', async () => {
    const anyMoment = fc.record({
      downSince: fc.constantFrom(undefined, 0, 5),
      tenants: fc.subarray(['aaa', 'mmm', 'zzz']),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyMoment, { maxLength: 4 }), fc.constantFrom(best, {}), async (some, spec) => {
        const between = some.map(({ downSince, tenants }, index): Moment => {
          const at = (index + 1) * 30;
          return { at, tenants, ...(downSince === undefined ? {} : { downSince: at - 29 + downSince }) };
        });

        const run = await history(spec, [{ at: 0 }, ...between, { at: 500, tenants: ['aaa', 'zzz'] }]);

        expect(inOrder(run)[0]).to.equal(real);
      }),
      { numRuns: 15 },
    );
  });

  it('gives up the place of a backend once its Service is gone', async () => {
    const before = await history(best, [{ at: 0 }]);
    const tenant = prometheus('aaa');
    const spec = { ...best, health: { check: 'readiness' } };
    const without = await runFixture(folder, { spec, items: [tenant, slice(tenant)], live: before.manifest });

    const { manifest } = await runFixture(folder, { spec, items: clusterAt({ at: 1 }), live: without.manifest });

    expect(JSON.stringify(without.manifest)).to.not.include('evicted');
    expect(manifest.metadata.annotations!['kubernaut.io/toolset-sources']).to.include(real);
  });

  it('leaves a single-instance toolset with the first backend until trust.namespaces names the real one', async () => {
    const tenant = prometheus('aaa');
    const squatted = await runFixture(folder, {
      spec: { ...best, health: { check: 'readiness' } },
      items: [tenant, slice(tenant)],
    });
    const items = clusterAt({ at: 1, tenants: ['aaa'] });

    for (const [trust, winner] of [
      [[], 'aaa/prometheus'],
      [['monitoring'], real],
    ] as const) {
      const spec = { ...best, health: { check: 'readiness' }, trust: { namespaces: trust } };
      const run = await runFixture(folder, { spec, items, live: squatted.manifest });
      expect(inOrder(run)).to.deep.equal([winner]);
    }
  });

  describe('a dead backend in the ConfigMap', () => {
    const dead = prometheus('zzz');
    const clock = slice(service({ name: 'clock' }), { changedAt: minutes(0) });

    for (const [age, decision] of [
      [9, 'selected: UnreadyRecently'],
      [10, 'unhealthy: UnreadyTooLong'],
    ] as const) {
      it(`is ${decision} without an EndpointSlice ${String(age)} minutes after its Service was created`, async () => {
        const created = { ...dead, metadata: { ...dead.metadata, creationTimestamp: minutes(-age) } };

        expect(await decided(created)).to.equal(decision);
      });
    }

    async function decided(...items: readonly KubeObject[]): Promise<string> {
      const spec = { health: { check: 'readiness' } };
      const before = await runFixture(folder, { spec, items: [dead, slice(dead)] });
      const cluster = items.some(({ kind }) => kind === 'Service') ? [clock, ...items] : [dead, clock, ...items];
      return (await runFixture(folder, { spec, items: cluster, live: before.manifest })).decisionOf('zzz/prometheus');
    }

    const written = (time: string): object => ({ managedFields: [{ manager: 'tenant', time }] });
    function unready(changedAt: string | undefined, metadata: object = {}): KubeObject {
      const one = slice(dead, { ready: 0, notReady: 1, ...(changedAt === undefined ? {} : { changedAt }) });
      return { ...one, metadata: { ...one.metadata, ...metadata } };
    }

    const cases: readonly (readonly [title: string, decision: string, items: readonly KubeObject[]])[] = [
      ['is evicted without an EndpointSlice', 'unhealthy: NoEndpointSlice', []],
      [
        'is evicted when its change time is in the future',
        'unhealthy: ChangeTimeInFuture',
        [unready('2999-01-01T00:00:00Z')],
      ],
      [
        'is evicted when its change time is in the future but was written long ago',
        'unhealthy: UnreadyTooLong',
        [unready('2999-01-01T00:00:00Z', written(minutes(-60)))],
      ],
      [
        'is evicted without a change time when its slice was written long ago',
        'unhealthy: UnreadyTooLong',
        [unready(undefined, written(minutes(-60)))],
      ],
      [
        'is evicted when an old creation time is all there is',
        'unhealthy: UnreadyTooLong',
        [unready(undefined, { creationTimestamp: minutes(-60) })],
      ],
      [
        'stays without a change time when its slice has just been written',
        'selected: UnreadyRecently',
        [unready(undefined, { creationTimestamp: minutes(-60), ...written(minutes(-1)) })],
      ],
      ['stays when its change time is slightly ahead of the clock', 'selected: UnreadyRecently', [unready(minutes(4))]],
    ];
    for (const [title, decision, items] of cases) {
      it(title, async () => {
        expect(await decided(...items)).to.equal(decision);
      });
    }
  });
});
