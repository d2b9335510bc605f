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
      title: 'two charts of one product have other releases',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki', release: 'audit' }, selector: { app: 'loki', release: 'audit' } },
    },
    {
      title: 'a release begins with the name of the other',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki', release: 'logs-eu' }, selector: { app: 'loki', release: 'logs-eu' } },
    },
    {
      title: 'the pods have other releases, whatever Argo CD writes over the labels of the Services',
      front: { labels: { ...loki, [instance]: 'apps' }, selector: { ...loki, [instance]: 'logs' } },
      other: { labels: { [product]: 'loki-stack', [instance]: 'apps' }, selector: { ...loki, [instance]: 'audit' } },
    },
    {
      title: 'two resources of one operator own them',
      front: { labels: loki, owners: [stack('logs')] },
      other: { labels: loki, owners: [stack('audit')] },
    },
    {
      title: 'an operator that is not known names two resources',
      front: { labels: { ...loki, 'new.example.com/cluster': 'logs' } },
      other: { labels: { ...loki, 'new.example.com/cluster': 'audit' } },
    },
    {
      title: 'a chart made one, and a person wrote the other',
      front: { labels: { ...loki, [instance]: 'logs' }, selector: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki' }, selector: { app: 'loki' } },
    },
    {
      title: 'an operator made one, and a person wrote the other',
      front: { labels: loki, owners: [stack('logs')] },
      other: { selector: { app: 'loki' } },
    },
    {
      title: 'two people wrote them for pods of other names',
      front: { labels: loki, selector: { app: 'team-loki' } },
      other: { labels: loki, selector: { app: 'audit-loki' } },
    },
    {
      title: 'Helm deployed them as two releases, whose labels do not say it',
      front: { labels: loki, annotations: { [helm]: 'logs' } },
      other: { labels: loki, annotations: { [helm]: 'audit' } },
    },
    {
      title: 'two applications of Argo CD deployed them',
      front: { labels: loki, annotations: { [argo]: 'logs:/Service:monitoring/loki-gateway' } },
      other: { labels: loki, annotations: { [argo]: 'audit:/Service:monitoring/loki-querier' } },
    },
  ];
  for (const { title, front, other } of two) {
    it(`takes an entry point beside another one in front where ${title}`, async () => {
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
      title: 'their release is the same',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: { app: 'loki', release: 'logs' } },
      isTold: false,
    },
    {
      title: 'each part has a release with the name of the part',
      front: { labels: { [product]: 'loki-gateway', [instance]: 'logs-gateway' } },
      other: { labels: { [product]: 'loki-querier', [instance]: 'logs-querier' } },
      isTold: false,
    },
    {
      title: 'a chart brings one, and the resource of that release the other',
      front: { labels: { ...loki, [instance]: 'logs' } },
      other: { labels: loki, owners: [stack('logs-loki-stack')] },
      isTold: false,
    },
    {
      title: 'an operator owns one, and a person wrote the other for the pods of its resource',
      front: { labels: loki, owners: [stack('logs')] },
      other: { labels: loki, selector: { 'loki.example.com/cluster': 'logs' } },
      isTold: false,
    },
    {
      title: 'a release made one, and the other is called after it',
      front: { labels: { ...loki, [instance]: 'logs' }, selector: { ...loki, [instance]: 'logs' } },
      other: { labels: loki, selector: { app: 'logs' } },
      isTold: true,
    },
    {
      title: 'they select by one term of a vendor, although their releases differ',
      front: { labels: { ...loki, [instance]: 'a' }, selector: { 'example.com/owner': 'logs', part: 'a' } },
      other: { labels: { app: 'loki', release: 'b' }, selector: { 'example.com/owner': 'logs', part: 'b' } },
      isTold: true,
    },
    {
      title: 'people wrote both for pods whose names differ in the part alone',
      front: { selector: { app: 'loki-gateway' } },
      other: { selector: { app: 'loki-querier' } },
      isTold: true,
    },
    {
      title: 'people wrote both, and the pods of one are called by their part alone',
      front: { selector: { app: 'audit' } },
      other: { selector: { app: 'querier' } },
      isTold: true,
    },
    {
      title: 'one application of Argo CD deployed both',
      front: { labels: { ...loki, [instance]: 'logs' }, annotations: { [argo]: 'apps:/Service:monitoring/a' } },
      other: { selector: { app: 'audit' }, annotations: { [argo]: 'apps:/Service:monitoring/b' } },
      isTold: true,
    },
    {
      title: 'two deployments of Helm have one release in their labels',
      front: { labels: { ...loki, [instance]: 'logs' }, annotations: { [helm]: 'a' } },
      other: { labels: { app: 'loki', release: 'logs' }, annotations: { [helm]: 'b' } },
      isTold: true,
    },
  ];
  const ownName =
    '; to use it as a backend of its own, set the annotations kubernaut.io/toolset and kubernaut.io/toolset-name';
  for (const { title, front, other, isTold } of one) {
    it(`takes only the one in front where ${title}${isTold ? ', and tells how to take both' : ''}`, async () => {
      const names = title.includes('called after') ? ['loki-gateway', 'logs-loki-querier'] : undefined;
      const [first = '', second = ''] = names ?? ['loki-gateway', 'loki-querier'];
      const { decisions } = await discoverFixture({ items: [part(first, front), part(second, other)] });

      const found = decisions.find(({ service: { name } }) => name === second);
      expect(found?.reason).to.equal('BehindEntryPoint');
      expect(found?.message.includes(ownName)).to.equal(isTold);
    });
  }

  it('takes one that a person gave a name of its own, unless it has the same pods', async () => {
    const named = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-name': 'audit' };
    const gateway = part('loki-gateway', { labels: loki, selector: { app: 'loki', part: 'gateway' } });
    const querier = (selector: Readonly<Record<string, string>>): KubeObject =>
      part('loki-querier', { labels: loki, annotations: named, selector });

    const other = await admittedInstances({ items: [gateway, querier({ app: 'loki', part: 'querier' })] });
    expect([...other].sort()).to.deep.equal(['monitoring/audit', 'monitoring/loki-gateway']);
    const same = await admittedInstances({ items: [gateway, querier({ app: 'loki', part: 'gateway' })] });
    expect(same).to.deep.equal(['monitoring/loki-gateway']);
  });

  it('takes a Prometheus beside Thanos where a person gave it a name of its own', async () => {
    const thanos = { [product]: 'thanos', 'app.kubernetes.io/component': 'query' };
    const named = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-name': 'edge' };
    const items = [
      service({ name: 'thanos-query', labels: thanos, ports: [{ name: 'http', port: 9090 }] }),
      service({ name: 'p', labels: { app: 'prometheus' }, annotations: named, ports: [{ name: 'web', port: 9090 }] }),
    ];

    expect(await admittedInstances({ items })).to.deep.equal(['monitoring/thanos-query', 'monitoring/edge']);
  });

  it("keeps an operator's governing Service behind that of its resource, and not behind what a chart made", async () => {
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

  it('lets no namespace that is not trusted multiply its instances beyond its limit, nor come before a trusted one', async () => {
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

  it('takes the same of two in whatever order they come', async () => {
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
