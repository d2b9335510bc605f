import { expect } from 'chai';
import type { Condition, ServicePort, ServiceView } from '../../../../detectors/types.ts';
import type { ServiceFacts } from '../../../../plugin/discovery/match/service-facts.ts';
import { factsOf, matchesCondition, textOf } from '../../../../plugin/discovery/match/service-facts.ts';
import { serviceView } from '../../../support/service-view.ts';

function port(change: Partial<ServicePort>): ServicePort {
  return { name: '', port: 80, protocol: 'TCP', appProtocol: '', targetPort: 80, ...change };
}

describe('plugin/discovery/match/service-facts', () => {
  const name = 'app.kubernetes.io/name';
  const component = 'app.kubernetes.io/component';
  const told: readonly (readonly [title: string, Partial<ServiceView>, facts: Partial<ServiceFacts>])[] = [
    ['nothing from a plain Service', {}, { products: [], components: [], roles: [], charts: [], owners: [] }],
    [
      'all product labels, the recommended one first',
      { labels: { 'k8s-app': 'c', app: 'b', [name]: 'a' } },
      { products: ['a', 'b', 'c'] },
    ],
    ['no product from an empty label', { labels: { [name]: '', app: 'b' } }, { products: ['b'] }],
    ['the product from the pod selector when no label has one', { selector: { app: 'b' } }, { products: ['b'] }],
    [
      'the product from the labels rather than the selector',
      { labels: { app: 'a' }, selector: { app: 'b' } },
      { products: ['a'] },
    ],
    [
      'all component labels',
      { labels: { component: 'c', 'app.kubernetes.io/subcomponent': 'b', [component]: 'a' } },
      { components: ['a', 'b', 'c'] },
    ],
    [
      'the component from the pod selector when no label has one',
      { selector: { component: 'b' } },
      { components: ['b'] },
    ],
    [
      'the component from the labels rather than the selector',
      { labels: { component: 'a' }, selector: { component: 'b' } },
      { components: ['a'] },
    ],
    [
      'no component that a chart puts on all its Services, nor the one of the selector',
      { labels: { component: 'monitoring' }, selector: { component: 'b' } },
      { components: [] },
    ],
    ...['distributed-tracing', 'cluster-monitoring', 'log-storage', 'traces-backend', 'metrics-database'].map(
      (purpose) =>
        [
          `no component that tells a purpose: ${purpose}`,
          { labels: { [component]: purpose } },
          { components: [] },
        ] as const,
    ),
    ...['metrics', 'backend', 'log-forwarder', 'tracing-ui', 'storage'].map(
      (part) =>
        [`the component that is called ${part}`, { labels: { [component]: part } }, { components: [part] }] as const,
    ),
    [
      'roles from labels and selector',
      { labels: { role: 'primary', 'spilo-role': 'master' }, selector: { 'cnpg.io/instanceRole': 'replica' } },
      { roles: ['primary', 'master', 'replica'] },
    ],
    [
      "an operator's Service label as a role",
      { labels: { 'clickhouse.altinity.com/Service': 'host' } },
      { roles: ['host'] },
    ],
    ['no role from other labels', { labels: { roles: 'y', Service: 'z', 'role-of': 'w' } }, { roles: [] }],
    [
      'charts without their versions',
      { labels: { 'helm.sh/chart': 'loki-6.1.0', chart: 'loki-stack-v2.9.1-rc.1' } },
      { charts: ['loki', 'loki-stack'] },
    ],
    ['a chart with a number in its name', { labels: { chart: 'k8s-1-app-2.3' } }, { charts: ['k8s-1-app'] }],
    [
      'owners with their API group',
      {
        owners: [
          { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'k8s' },
          { apiVersion: 'v1', kind: 'Pod', name: 'x' },
        ],
      },
      { owners: ['Prometheus.monitoring.coreos.com', 'Pod.'] },
    ],
    ['the whole name when there is no release', { name: 'team-loki-gateway' }, { ownName: 'team-loki-gateway' }],
    ['the name after the release', { name: 'a-gateway', labels: { release: 'a' } }, { ownName: 'gateway' }],
    [
      'the name after the release, whatever precedes it',
      { name: 'team-a-gateway', labels: { 'app.kubernetes.io/instance': 'a' } },
      { ownName: 'gateway' },
    ],
    [
      'the whole name when the release is only part of a word',
      { name: 'abc-gateway', labels: { release: 'a' } },
      { ownName: 'abc-gateway' },
    ],
    ['an empty name when it equals the release', { name: 'loki', labels: { release: 'loki' } }, { ownName: '' }],
  ];
  for (const [title, change, facts] of told) {
    it(`reads ${title}`, () => {
      const all = factsOf(serviceView(change));

      expect(Object.fromEntries(Object.keys(facts).map((key) => [key, all[key as keyof ServiceFacts]]))).to.deep.equal(
        facts,
      );
    });
  }

  it('lower-cases name, labels, selector and owners to search them for words', () => {
    const owners = [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'k8s' }];
    const service = serviceView({ name: 'Web', labels: { App: 'Loki' }, selector: { tier: 'DB' }, owners });

    expect(textOf(service)).to.equal('web\napp=loki\ntier=db\nprometheus.monitoring.coreos.com/v1');
  });

  describe('matching a condition', () => {
    const facts = factsOf(
      serviceView({
        name: 'a-loki-gateway',
        labels: { [name]: 'loki', [component]: 'gateway', 'helm.sh/chart': 'loki-6.1.0', team: 'a' },
        annotations: { note: 'yes' },
        selector: { app: 'loki' },
        owners: [{ apiVersion: 'loki.grafana.com/v1', kind: 'LokiStack', name: 'x' }],
        ports: [port({ name: 'http', port: 3100 }), port({ name: 'gossip', port: 7946, protocol: 'UDP' })],
      }),
    );

    it('matches an empty condition', () => {
      expect(matchesCondition({}, facts)).to.equal(true);
    });

    const selector = (value: string): Condition => ({
      labelSelector: { matchLabels: { team: value }, matchExpressions: [] },
    });
    const conditions: Readonly<Record<string, readonly [fulfilled: Condition, not: Condition]>> = {
      labelSelector: [selector('a'), selector('b')],
      product: [{ product: 'lo*' }, { product: 'mimir' }],
      component: [{ component: ['read', 'gateway'] }, { component: 'write' }],
      chart: [{ chart: 'loki' }, { chart: 'loki-6.1.0' }],
      owner: [{ owner: 'LokiStack.loki.grafana.com' }, { owner: 'LokiStack' }],
      labels: [{ labels: { team: 'a', [name]: 'loki' } }, { labels: { team: 'a', [name]: 'mimir' } }],
      'missing labels': [{ labels: {} }, { labels: { zone: '*' } }],
      annotations: [{ annotations: { note: 'y*' } }, { annotations: { note: 'no' } }],
      selector: [{ selector: { app: 'loki' } }, { selector: { app: 'mimir' } }],
      name: [{ name: '*-gateway' }, { name: 'gateway' }],
      'port name': [{ port: 'http' }, { port: 'gossip' }],
      'port number': [{ port: '3100' }, { port: '7946' }],
    };
    for (const [part, [fulfilled, not]] of Object.entries(conditions)) {
      it(`matches by ${part}`, () => {
        expect([fulfilled, not].map((one) => matchesCondition(one, facts))).to.deep.equal([true, false]);
      });
    }

    it('matches name and number of the same TCP port, by its own number or its target port', () => {
      const namedPort = { name: 'web', number: '9090' };
      const holds = (change: Partial<ServicePort>): boolean =>
        matchesCondition({ namedPort }, factsOf(serviceView({ ports: [port({ name: 'web', ...change })] })));

      expect(holds({ port: 9090, targetPort: 'web' })).to.equal(true);
      expect(holds({ port: 80, targetPort: 9090 })).to.equal(true);
      expect(holds({ port: 80, targetPort: 'web' })).to.equal(false);
      expect(holds({ port: 9090, name: 'http' })).to.equal(false);
      expect(holds({ port: 9090, protocol: 'UDP' })).to.equal(false);
    });

    it('matches by selector only when there is one', () => {
      expect(matchesCondition({ selector: { app: 'loki' } }, factsOf(serviceView()))).to.equal(false);
    });

    it('matches only if every part holds', () => {
      expect(matchesCondition({ product: 'loki', component: 'gateway', port: 'http' }, facts)).to.equal(true);
      expect(matchesCondition({ product: 'loki', component: 'gateway', port: 'grpc' }, facts)).to.equal(false);
      expect(matchesCondition({ product: 'mimir', component: 'gateway', port: 'http' }, facts)).to.equal(false);
    });
  });
});
