import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { service } from '../../../support/objects.ts';
import { admittedInstances, discoverFixture } from '../fixture.ts';

interface Said {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owners?: readonly object[];
  readonly selector?: Readonly<Record<string, string>>;
}

describe('plugin/discovery/selection/installation', () => {
  const instance = 'app.kubernetes.io/instance';
  const product = 'app.kubernetes.io/name';
  const loki = { [product]: 'loki' };
  const helm = 'meta.helm.sh/release-name';
  const argo = 'argocd.argoproj.io/tracking-id';

  /** The part of Loki with which its name ends. */
  function part(name: string, { labels = {}, annotations = {}, owners, selector }: Said): KubeObject {
    const component = name.replace(/^.*-/, '');
    const { metadata, ...rest } = service({
      name,
      labels: { app: 'loki', 'app.kubernetes.io/component': component, ...labels },
      annotations,
      ...(selector ? { selector } : {}),
      ports: [{ name: 'http-metrics', port: 3100 }],
    });
    return { ...rest, metadata: { ...metadata, ...(owners ? { ownerReferences: owners } : {}) } };
  }

  const stack = (name: string): object => ({ apiVersion: 'loki.grafana.com/v1', kind: 'LokiStack', name });

  const two: readonly { readonly title: string; readonly front: Said; readonly other: Said }[] = [
    {
      title: 'two charts of one product have different releases',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki', release: 'audit' }, selector: { app: 'loki', release: 'audit' } },
    },
    {
      title: 'one release starts with the name of the other',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki', release: 'logs-eu' }, selector: { app: 'loki', release: 'logs-eu' } },
    },
    {
      title: 'the pods have different releases, although Argo CD overwrote the labels of the Services',
      front: { labels: { ...loki, [instance]: 'apps' }, selector: { ...loki, [instance]: 'logs' } },
      other: { labels: { [product]: 'loki-stack', [instance]: 'apps' }, selector: { ...loki, [instance]: 'audit' } },
    },
    {
      title: 'two resources of one operator own them',
      front: { labels: loki, owners: [stack('logs')] },
      other: { labels: loki, owners: [stack('audit')] },
    },
    {
      title: 'an unknown operator names two resources',
      front: { labels: { ...loki, 'new.example.com/cluster': 'logs' } },
      other: { labels: { ...loki, 'new.example.com/cluster': 'audit' } },
    },
    {
      title: 'a chart created one and a user the other',
      front: { labels: { ...loki, [instance]: 'logs' }, selector: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki' }, selector: { app: 'loki' } },
    },
    {
      title: 'an operator created one and a user the other',
      front: { labels: loki, owners: [stack('logs')] },
      other: { selector: { app: 'loki' } },
    },
    {
      title: 'users created both for pods with different names',
      front: { labels: loki, selector: { app: 'team-loki' } },
      other: { labels: loki, selector: { app: 'audit-loki' } },
    },
    {
      title: 'Helm deployed them as two releases that the labels do not show',
      front: { labels: loki, annotations: { [helm]: 'logs' } },
      other: { labels: loki, annotations: { [helm]: 'audit' } },
    },
    {
      title: 'two Argo CD Applications deployed them',
      front: { labels: loki, annotations: { [argo]: 'logs:/Service:monitoring/loki-gateway' } },
      other: { labels: loki, annotations: { [argo]: 'audit:/Service:monitoring/loki-querier' } },
    },
  ];
  for (const { title, front, other } of two) {
    it(`admits both entry points when ${title}`, async () => {
      const items = [part('loki-gateway', front), part('loki-querier', other)];

      expect([...(await admittedInstances({ items }))].sort()).to.deep.equal([
        'monitoring/loki-gateway',
        'monitoring/loki-querier',
      ]);
    });
  }

  const one: readonly {
    readonly title: string;
    readonly front: Said;
    readonly other: Said;
    readonly isTold: boolean;
  }[] = [
    {
      title: 'they have the same release',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki', release: 'logs' } },
      isTold: false,
    },
    {
      title: 'each part has a release named after the part',
      front: { labels: { [product]: 'loki-gateway', [instance]: 'logs-gateway' } },
      other: { labels: { [product]: 'loki-querier', [instance]: 'logs-querier' } },
      isTold: false,
    },
    {
      title: 'a chart created one and the resource of that release the other',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: loki, owners: [stack('logs-loki-stack')] },
      isTold: false,
    },
    {
      title: 'an operator owns one and a user created the other for the same resource',
      front: { labels: loki, owners: [stack('logs')] },
      other: { labels: loki, selector: { 'loki.example.com/cluster': 'logs' } },
      isTold: false,
    },
    {
      title: 'a release created one and the other is named after it',
      front: { labels: { ...loki, [instance]: 'logs' }, selector: { ...loki, [instance]: 'logs' } },
      other: { labels: loki, selector: { app: 'logs' } },
      isTold: true,
    },
    {
      title: "they share a vendor's selector term although their releases differ",
      front: { labels: { ...loki, [instance]: 'a' }, selector: { 'example.com/owner': 'logs', part: 'a' } },
      other: { labels: { app: 'loki', release: 'b' }, selector: { 'example.com/owner': 'logs', part: 'b' } },
      isTold: true,
    },
    {
      title: 'users created both for pods whose names differ only in the part',
      front: { selector: { app: 'loki-gateway' } },
      other: { selector: { app: 'loki-querier' } },
      isTold: true,
    },
    {
      title: 'users created both and the pods of one are named after their part only',
      front: { selector: { app: 'audit' } },
      other: { selector: { app: 'querier' } },
      isTold: true,
    },
    {
      title: 'one Argo CD Application deployed both',
      front: { labels: { ...loki, [instance]: 'logs' }, annotations: { [argo]: 'apps:/Service:monitoring/a' } },
      other: { selector: { app: 'audit' }, annotations: { [argo]: 'apps:/Service:monitoring/b' } },
      isTold: true,
    },
    {
      title: 'two Helm releases have the same release label',
      front: { labels: { ...loki, [instance]: 'logs' }, annotations: { [helm]: 'a' } },
      other: { labels: { app: 'loki', release: 'logs' }, annotations: { [helm]: 'b' } },
      isTold: true,
    },
  ];
  const ownName =
    '; to use it as a backend of its own, set the annotations kubernaut.io/toolset and kubernaut.io/toolset-name';
  for (const { title, front, other, isTold } of one) {
    it(`admits only the one in front when ${title}${isTold ? ', and says how to use both' : ''}`, async () => {
      const names = title.includes('named after it') ? ['loki-gateway', 'logs-loki-querier'] : undefined;
      const [first = '', second = ''] = names ?? ['loki-gateway', 'loki-querier'];
      const { decisions } = await discoverFixture({ items: [part(first, front), part(second, other)] });

      const found = decisions.find(({ service: { name } }) => name === second);
      expect(found?.reason).to.equal('BehindEntryPoint');
      expect(found?.message.includes(ownName)).to.equal(isTold);
    });
  }

  describe('with node groups of Elasticsearch that are releases of their own', () => {
    function group(name: string): KubeObject {
      const labels = { chart: 'elasticsearch', app: name, release: `release-of-${name}` };
      return service({
        name,
        labels,
        selector: labels,
        ports: [{ name: 'http', port: 9200 }],
      });
    }

    it('admits only the client nodes of a cluster, and says how to use the others', async () => {
      const { decisions } = await discoverFixture({ items: [group('logs-client'), group('logs-master')] });

      const master = decisions.find(({ service: { name } }) => name === 'logs-master');
      expect(master?.reason).to.equal('BehindEntryPoint');
      expect(master?.message).to.include(ownName);
    });

    it('admits the nodes of two clusters', async () => {
      const items = [group('logs-client'), group('audit-master')];

      expect(await admittedInstances({ items })).to.have.lengthOf(2);
    });
  });

  it('admits a Service that a user gave a name of its own, unless it has the same pods', async () => {
    const named = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-name': 'audit' };
    const gateway = part('loki-gateway', { labels: loki, selector: { app: 'loki', part: 'gateway' } });
    const querier = (selector: Readonly<Record<string, string>>): KubeObject =>
      part('loki-querier', { labels: loki, annotations: named, selector });

    const other = await admittedInstances({ items: [gateway, querier({ app: 'loki', part: 'querier' })] });
    expect([...other].sort()).to.deep.equal(['monitoring/audit', 'monitoring/loki-gateway']);
    const same = await admittedInstances({ items: [gateway, querier({ app: 'loki', part: 'gateway' })] });
    expect(same).to.deep.equal(['monitoring/loki-gateway']);
  });

  it('admits a Prometheus beside Thanos when a user gave it a name of its own', async () => {
    const thanos = { [product]: 'thanos', 'app.kubernetes.io/component': 'query' };
    const named = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-name': 'edge' };
    const items = [
      service({ name: 'thanos-query', labels: thanos, ports: [{ name: 'http', port: 9090 }] }),
      service({ name: 'p', labels: { app: 'prometheus' }, annotations: named, ports: [{ name: 'web', port: 9090 }] }),
    ];

    expect(await admittedInstances({ items })).to.deep.equal(['monitoring/thanos-query', 'monitoring/edge']);
  });

  it("ranks an operator's governing Service behind that of its resource, but not behind that of a chart", async () => {
    const web = [{ name: 'web', port: 9090 }];
    const governing = service({
      name: 'prometheus-operated',
      labels: { 'operated-prometheus': 'true' },
      selector: { [product]: 'prometheus' },
      ports: web,
    });
    const owners = [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'k8s' }];
    const operated = {
      ...governing,
      metadata: { ...governing.metadata, ownerReferences: owners },
      spec: { ...(governing.spec as object), clusterIP: 'None' },
    };
    const beside = (selector: Readonly<Record<string, string>>): KubeObject =>
      service({ name: 'p', labels: { app: 'prometheus', release: 'shop' }, selector, ports: web });

    expect(await admittedInstances({ items: [operated, beside({ prometheus: 'k8s' })] })).to.deep.equal([
      'monitoring/p',
    ]);
    expect(await admittedInstances({ items: [operated, beside({ app: 'p', release: 'shop' })] })).to.have.lengthOf(2);
  });

  it('limits the instances of an untrusted namespace, and never ranks them before a trusted one', async () => {
    const own = part('loki-gateway', { labels: { ...loki, [instance]: 'logs' } });
    const tenants = Array.from({ length: 150 }, (_, index) => {
      const name = `a${String(index)}`;
      const said = { labels: { ...loki, [instance]: name }, annotations: { 'kubernaut.io/toolset': 'true' } };
      const named = { ...said, annotations: { ...said.annotations, 'kubernaut.io/toolset-name': name } };
      const { metadata, ...rest } = part(`${name}-${index % 2 === 0 ? 'gateway' : 'querier'}`, named);
      return { ...rest, metadata: { ...metadata, namespace: 'a-tenant' } };
    });

    const admitted = await admittedInstances({
      items: [...tenants, own],
      spec: { trust: { namespaces: ['monitoring'] } },
    });

    expect(admitted[0]).to.equal('monitoring/loki-gateway');
    expect(admitted).to.have.lengthOf(101);
  });

  it('admits the same Services, whatever their order', async () => {
    const all = [...two, ...one].flatMap(({ front, other }, index) => [
      part(`loki-${String(index)}-gateway`, front),
      part(`loki-${String(index)}-querier`, other),
    ]);
    const expected = await admittedInstances({ items: all });
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: all.length }), async (items) => {
        expect(await admittedInstances({ items })).to.deep.equal(expected);
      }),
      { numRuns: 20 },
    );
  });
});
