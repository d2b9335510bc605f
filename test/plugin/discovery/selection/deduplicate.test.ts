import { expect } from 'chai';
import fc from 'fast-check';
import type { Prober } from '../../../../plugin/cluster/probe/probe.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import type { ServiceOptions } from '../../../support/objects.ts';
import { grafana, prometheus, service } from '../../../support/objects.ts';
import { admittedInstances, decisionsOf, discoverFixture } from '../fixture.ts';

interface WithoutSelector {
  readonly labels?: Readonly<Record<string, string>>;
  readonly owners?: readonly object[];
  readonly spec?: object;
}

describe('plugin/discovery/selection/deduplicate', () => {
  const web = [{ name: 'web', port: 9090 }];

  function server(name: string, more: ServiceOptions = {}, spec: object = {}): KubeObject {
    const object = service({ name, labels: { 'app.kubernetes.io/name': 'prometheus' }, ports: web, ...more });
    return { ...object, spec: { ...(object.spec as object), ...spec } };
  }

  function part(
    product: string,
    component: string,
    port: string,
    selector?: Readonly<Record<string, string>>,
  ): KubeObject {
    const labels = { 'app.kubernetes.io/name': product, 'app.kubernetes.io/component': component };
    return service({
      name: `${product}-${component}`,
      labels,
      selector: selector ?? labels,
      ports: [{ name: port, port: 8080 }],
    });
  }

  function spec(object: KubeObject): object {
    return object.spec as object;
  }

  it('merges Services with the same pods, and says which one it uses', async () => {
    const selector = { app: 'p' };
    const items = [
      server('prometheus-operated', { selector }, { clusterIP: 'None' }),
      server('prometheus-k8s', { selector: { ...selector, shard: '0' } }),
      server('prometheus-k8s-0', { selector: { ...selector, 'statefulset.kubernetes.io/pod-name': 'p-0' } }),
    ];

    expect(await decisionsOf({ items })).to.deep.include({
      'monitoring/prometheus-operated': 'redundant: HeadlessTwin',
      'monitoring/prometheus-k8s-0': 'redundant: SinglePod',
    });
    expect(await admittedInstances({ items })).to.deep.equal(['monitoring/prometheus-k8s']);
  });

  it('admits a headless Service when there is no better one, with the port of its pods', async () => {
    const ports = [{ name: 'web', port: 80, targetPort: 9090 }];
    const { admitted } = await discoverFixture({
      items: [server('prometheus-operated', { ports }, { clusterIP: 'None' })],
    });

    expect(admitted.map(({ instance, endpoint }) => [instance, endpoint.port])).to.deep.equal([
      ['monitoring/prometheus-operated', 9090],
    ]);
  });

  it('keeps Services of one product with different pods apart', async () => {
    const items = [server('one', { selector: { app: 'one' } }), server('two', { selector: { app: 'two' } })];

    expect(await admittedInstances({ items })).to.deep.equal(['monitoring/one', 'monitoring/two']);
  });

  it('prefers the entry point in front: the gateway to the query front end', async () => {
    const items = [part('mimir', 'query-frontend', 'http-metrics'), part('mimir', 'gateway', 'http-metrics')];

    expect(await decisionsOf({ items })).to.deep.include({
      'monitoring/mimir-query-frontend': 'redundant: BehindEntryPoint',
    });
  });

  const podIndex = { 'apps.kubernetes.io/pod-index': '0' };
  const samePods = { selector: { app: 'p' } };
  const headless = { clusterIP: 'None' };
  const pairs = [
    {
      title: 'a regular Service to a headless one',
      items: [server('aaa', samePods, headless), server('zzz-web', samePods)],
      redundant: { aaa: 'HeadlessTwin' },
    },
    {
      title: 'a headless Service to Services that select a single pod by name',
      items: [
        server('aaa', { selector: { app: 'p', 'statefulset.kubernetes.io/pod-name': 'p-0' } }),
        server('bbb', { selector: { app: 'p', 'statefulset.kubernetes.io/pod-name': 'p-1' } }),
        server('zzz-web', samePods, headless),
      ],
      redundant: { aaa: 'SinglePod', bbb: 'SinglePod' },
    },
    {
      title: 'a headless Service to Services that select a single pod by index',
      items: [
        server('aaa', { selector: { app: 'p', ...podIndex } }),
        server('bbb', { selector: { app: 'p', 'apps.kubernetes.io/pod-index': '7' } }),
        server('zzz-web', samePods, headless),
      ],
      redundant: { aaa: 'SinglePod', bbb: 'SinglePod' },
    },
    {
      title: 'a Service for the only pod to a headless one',
      items: [server('aaa-web', samePods, headless), server('zzz', { selector: { app: 'p', ...podIndex } })],
      redundant: { 'aaa-web': 'HeadlessTwin' },
    },
    {
      title: 'a ClusterIP Service to a LoadBalancer and a NodePort',
      items: [
        server('aaa', samePods, { type: 'LoadBalancer' }),
        server('bbb', samePods, { type: 'NodePort' }),
        server('prometheus', { ...samePods, labels: {} }, { type: 'ClusterIP' }),
      ],
      redundant: { aaa: 'SamePods', bbb: 'SamePods' },
    },
    {
      title: 'a NodePort to a LoadBalancer',
      items: [server('aaa', samePods, { type: 'LoadBalancer' }), server('zzz-web', samePods, { type: 'NodePort' })],
      redundant: { aaa: 'SamePods' },
    },
    {
      title: 'stronger evidence to a shorter name',
      items: [server('prometheus', { ...samePods, labels: {} }), server('zzz-prometheus', samePods)],
      redundant: { prometheus: 'SamePods' },
    },
    {
      title: 'the shorter of two names',
      items: [server('aaa-web', samePods), server('zzz', samePods)],
      redundant: { 'aaa-web': 'SamePods' },
    },
    {
      title: 'the alphabetically first of two names of equal length',
      items: [server('bbb', samePods), server('aaa', samePods)],
      redundant: { bbb: 'SamePods' },
    },
  ];
  for (const { title, items, redundant } of pairs) {
    it(`prefers ${title}`, async () => {
      const decisions = Object.entries(await decisionsOf({ items }));

      expect(Object.fromEntries(decisions.filter(([, decision]) => decision.startsWith('redundant: ')))).to.deep.equal(
        Object.fromEntries(Object.entries(redundant).map(([name, why]) => [`monitoring/${name}`, `redundant: ${why}`])),
      );
    });
  }

  it('prefers the better entry point to the better type and name', async () => {
    const gateway = part('mimir', 'gateway', 'http-metrics', samePods.selector);
    const other = part('mimir', 'query-frontend', 'http-metrics', samePods.selector);
    const items = [
      { ...gateway, metadata: { ...gateway.metadata, name: 'zzz-gateway' }, spec: { ...spec(gateway), ...headless } },
      { ...other, metadata: { ...other.metadata, name: 'aaa' } },
    ];

    expect(await decisionsOf({ items })).to.deep.include({
      'monitoring/aaa': 'redundant: BehindEntryPoint',
    });
  });

  const instance = 'app.kubernetes.io/instance';
  const name = 'app.kubernetes.io/name';
  const pods = [
    {
      title: 'whose selectors differ in one of two terms',
      one: { app: 'p', shard: '0' },
      other: { app: 'p', shard: '1' },
    },
    { title: 'whose selectors have the same value under different keys', one: { app: 'p' }, other: { component: 'p' } },
  ];
  for (const { title, one, other } of pods) {
    it(`keeps Services apart ${title}`, async () => {
      const items = [server('one', { selector: one }), server('two', { selector: other })];

      expect(await admittedInstances({ items })).to.deep.equal(['monitoring/one', 'monitoring/two']);
    });
  }

  it('merges Services that select the same prometheus-operator resource by different pod labels', async () => {
    const pods = { [name]: 'prometheus' };
    const items = [
      server('aaaa', { selector: { ...pods, 'operator.prometheus.io/name': 'main' } }),
      server('bbbbb', { selector: { ...pods, prometheus: 'main' } }),
      server('cccccc', {
        selector: { ...pods, [instance]: 'main', 'app.kubernetes.io/managed-by': 'prometheus-operator' },
      }),
      server('of-another-resource', { selector: { ...pods, prometheus: 'other' } }),
      server('of-another-program', { selector: { ...pods, [instance]: 'main', shard: '0' } }),
    ];

    expect(await admittedInstances({ items })).to.deep.equal([
      'monitoring/aaaa',
      'monitoring/of-another-program',
      'monitoring/of-another-resource',
    ]);
    expect(await admittedInstances({ items: [items[2]!, server('d', { selector: { app: 'main' } })] })).to.have.length(
      2,
    );
  });

  const releases = [
    {
      title: 'two backends when the instance label differs',
      one: { [instance]: 'a' },
      other: { [instance]: 'b' },
      count: 2,
    },
    {
      title: 'one backend when the instance label is the same',
      one: { [instance]: 'a' },
      other: { [instance]: 'a' },
      count: 1,
    },
    { title: 'one backend when only one has the label', one: { [instance]: 'a' }, other: {}, count: 1 },
    {
      title: 'one backend when the name label differs too, as of two charts for the same pods',
      one: { [instance]: 'a', [name]: 'prometheus' },
      other: { [instance]: 'b', [name]: 'prometheus-server' },
      count: 1,
    },
  ];
  for (const { title, one, other, count } of releases) {
    it(`treats Services with the same selector as ${title}`, async () => {
      const labels = { [name]: 'prometheus' };
      const items = [
        server('one', { ...samePods, labels: { ...labels, ...one } }),
        server('two', { ...samePods, labels: { ...labels, ...other } }),
      ];

      expect(await admittedInstances({ items })).to.have.length(count);
    });
  }

  const elsewhere = (externalName: string): object => ({ type: 'ExternalName', externalName });
  const withoutSelectors = [
    { title: 'whose endpoints are set by hand', one: {}, other: {}, count: 2 },
    {
      title: 'beside one with a selector',
      one: { spec: { selector: { app: 'p' } } },
      other: {},
      count: 2,
    },
    {
      title: 'with the same owner',
      one: { owners: [{ apiVersion: 'a.b/v1', kind: 'Cluster', name: 'c' }] },
      other: { owners: [{ apiVersion: 'a.b/v1', kind: 'Cluster', name: 'c' }] },
      count: 1,
    },
    {
      title: 'with two owners of one kind',
      one: { owners: [{ apiVersion: 'a.b/v1', kind: 'Cluster', name: 'c' }] },
      other: { owners: [{ apiVersion: 'a.b/v1', kind: 'Cluster', name: 'd' }] },
      count: 2,
    },
    {
      title: 'of one release',
      one: { labels: { [instance]: 'a' } },
      other: { labels: { [instance]: 'a' } },
      count: 1,
    },
    {
      title: 'of one database cluster',
      one: { labels: { 'cluster-name': 'a' } },
      other: { labels: { 'cluster-name': 'a' } },
      count: 1,
    },
    {
      title: 'with different external names',
      one: { spec: elsewhere('east.example.com') },
      other: { spec: elsewhere('west.example.com') },
      count: 2,
    },
    {
      title: 'with the same external name',
      one: { spec: elsewhere('east.example.com') },
      other: { spec: elsewhere('east.example.com') },
      count: 1,
    },
    {
      title: 'with the same external name on two ports',
      one: { spec: elsewhere('east.example.com') },
      other: { spec: { ...elsewhere('east.example.com'), ports: [{ name: 'web', port: 9091 }] } },
      count: 2,
    },
    {
      title: 'with an external name and an address',
      one: { spec: elsewhere('east.example.com'), labels: { [instance]: 'a' } },
      other: { labels: { [instance]: 'a' } },
      count: 2,
    },
  ];
  for (const { title, one, other, count } of withoutSelectors) {
    it(`counts Services without a selector ${title} as ${String(count)}`, async () => {
      const items = [one, other].map(({ labels = {}, owners = [], spec: more = {} }: WithoutSelector, index) => {
        const { metadata, ...object } = server(`p-${String(index)}`, { labels: { [name]: 'prometheus', ...labels } });
        const { selector: _selector, ...rest } = spec(object as KubeObject) as { readonly selector?: object };
        return {
          ...object,
          metadata: { ...metadata, ownerReferences: owners },
          spec: { ...rest, ...more },
        };
      });

      expect(await admittedInstances({ items, spec: { trust: { namespaces: ['*'] } } })).to.have.length(count);
    });
  }

  it('keeps two products apart, even with the same selector', async () => {
    const victoria = server('victoria', { ...samePods, labels: { [name]: 'victoria-metrics-single' } });
    const items = [server('prometheus', samePods), victoria];

    expect(await admittedInstances({ items })).to.deep.equal(['monitoring/prometheus', 'monitoring/victoria']);
  });

  it('replaces a backend by the product in front of it, only within one namespace', async () => {
    const query = part('thanos', 'query', 'http');
    const items = [query, server('prometheus-k8s'), prometheus('elsewhere')];

    expect(await decisionsOf({ items })).to.deep.include({
      'monitoring/prometheus-k8s': 'redundant: BehindOtherProduct',
    });
    expect(await admittedInstances({ items })).to.deep.equal(['monitoring/thanos-query', 'elsewhere/prometheus']);
  });

  it('distinguishes two releases of one chart in one namespace', async () => {
    const release = (instance: string): KubeObject[] =>
      ['gateway', 'query-frontend'].map((component) => {
        const { metadata, ...rest } = part('loki', component, 'http-metrics');
        const labels = { ...metadata.labels, 'app.kubernetes.io/instance': instance };
        return {
          ...rest,
          metadata: { ...metadata, name: `${instance}-${metadata.name}`, labels },
          spec: { ...(rest.spec as object), selector: labels },
        };
      });

    expect(await admittedInstances({ items: [...release('a'), ...release('b')] })).to.deep.equal([
      'monitoring/a-loki-gateway',
      'monitoring/b-loki-gateway',
    ]);
  });

  it('falls back to the next entry point when the best one does not answer', async () => {
    const items = [part('mimir', 'query-frontend', 'http-metrics'), part('mimir', 'gateway', 'http-metrics')];
    const prober: Prober = ({ target }) =>
      Promise.resolve(
        target.startsWith('mimir-gateway')
          ? { healthy: false, reason: 'ProbeTimeout', message: 'does not answer' }
          : { healthy: true, reason: 'Answered', message: 'answered 200' },
      );

    expect(await decisionsOf({ items, prober })).to.deep.equal({
      'monitoring/mimir-gateway': 'unhealthy: ProbeTimeout',
      'monitoring/mimir-query-frontend': 'selected: Answered',
    });
  });

  it('ranks a backend that another product brought for itself last, and says so', async () => {
    const kubecost = { labels: { app: 'prometheus', release: 'kubecost' }, namespace: 'aaa' };
    const items = [server('prometheus-server', kubecost), prometheus(), prometheus('linkerd-viz')];

    expect(await admittedInstances({ items })).to.deep.equal([
      'monitoring/prometheus',
      'aaa/prometheus-server',
      'linkerd-viz/prometheus',
    ]);
    const { decisions } = await discoverFixture({ items });
    expect(decisions.map(({ message }) => message)).to.include(
      'prometheus-server is not checked; http by default of Prometheus; special-purpose (kubecost), the default only if it came first',
    );
  });

  it('admits one backend with instances: best, a trusted one before all others', async () => {
    const spec = { discovery: { instances: 'best' }, trust: { namespaces: ['zz-*'] }, health: { check: 'none' } };
    const items = [prometheus('aaa'), prometheus('zz-top'), grafana()];

    expect(await admittedInstances({ items, spec })).to.have.members(['zz-top/prometheus', 'monitoring/grafana']);
    expect((await decisionsOf({ items, spec }))['aaa/prometheus']).to.equal('redundant: SingleBackend');
  });

  it('names each instance the same, whichever other backends there are', async () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((namespace) => prometheus(namespace));

    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 1 }), async (items) => {
        const expected = items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`).sort();
        expect(await admittedInstances({ items })).to.deep.equal(expected);
      }),
      { numRuns: 50 },
    );
  });
});
