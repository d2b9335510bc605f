import { expect } from 'chai';
import { prometheus } from '../../../../detectors/prometheus.ts';
import type { Detector, Evidence, ServiceView, Tier } from '../../../../detectors/types.ts';
import { because } from '../../../../plugin/discovery/reasons.ts';
import { entryPointOf } from '../../../../plugin/discovery/match/component.ts';
import { factsOf } from '../../../../plugin/discovery/match/service-facts.ts';
import { serviceView } from '../../../support/service-view.ts';

const detector: Detector = {
  ...prometheus,
  title: 'Product',
  words: ['prod', 'product-x'],
  otherParts: ['feeder'],
  entryPoints: [
    { name: 'gateway', part: ['gateway', 'nginx-*'], allows: ['cache'] },
    { name: 'leader', part: 'primary' },
    { name: 'server', part: ['', 'server'] },
  ],
};
const withRest: Detector = { ...detector, entryPoints: [{ name: 'gateway', part: 'gateway' }, { name: 'rest' }] };

function found(change: Partial<ServiceView>, tier: Tier = 2, of: Detector = detector): string {
  const match = entryPointOf(factsOf(serviceView(change)), of, { tier, when: {} });
  return 'reason' in match ? match.message : `${String(match.rank)} ${match.entryPoint.name}`;
}

function vetoed(where: string): string {
  return because('OtherPart', { part: where, product: 'Product' }).message;
}

describe('plugin/discovery/match/component', () => {
  const label = 'app.kubernetes.io/component';
  const ports = [{ name: 'web', port: 9090, protocol: 'TCP', appProtocol: '', targetPort: 9090 }] as const;
  const resource = { prometheus: 'eu' };
  const called = (name: string, labels: Readonly<Record<string, string>> = { app: 'prod' }): Partial<ServiceView> => ({
    name,
    labels: { release: 'a', ...labels },
  });
  const cases: readonly (readonly [title: string, Partial<ServiceView>, entryPoint: string, tier?: Tier])[] = [
    ['the component of a label', { labels: { [label]: 'gateway' } }, '0 gateway'],
    ['a component that a pattern names', { labels: { [label]: 'nginx-proxy' } }, '0 gateway'],
    ['the first component that an entry point names', { labels: { [label]: 'x', component: 'server' } }, '2 server'],
    ['the end of a component that has the product in it', { labels: { [label]: 'b-prod-x-gateway' } }, '0 gateway'],
    ['the component, whatever the name says', { name: 'prod-server', labels: { [label]: 'gateway' } }, '0 gateway'],
    ['a role', { name: 'prod', labels: { role: 'primary' } }, '1 leader'],
    ['a role before what the name says', { name: 'prod-server', labels: { role: 'primary' } }, '1 leader'],
    ['what follows the product in its label', { labels: { app: 'prod-gateway' } }, '0 gateway'],
    ['a product label that is a part', { name: 'x', labels: { app: 'gateway' } }, '0 gateway'],
    ['what follows the product in the name', { name: 'prod-gateway' }, '0 gateway'],
    ['what follows the last of its words', { name: 'prod-product-x-gateway' }, '0 gateway'],
    ['the part of the second of two', { name: 'prod-gateway-2' }, '0 gateway'],
    [
      'what follows the release, without the product in it',
      { name: 'a-gateway', labels: { release: 'a' } },
      '0 gateway',
    ],
    ['the product itself', { name: 'prod' }, '2 server'],
    ['the product itself, by whatever name, on strong evidence', { name: 'tempo' }, '2 server'],
    ['what follows the product, on strong evidence', { name: 'prod-x', labels: { app: 'prod-x' } }, '2 server', 3],
    ['what follows the product, before words for Services', { name: 'prod-gateway-svc-lb' }, '0 gateway'],
    [
      'the product with a word for how all of it runs, on weak evidence',
      { name: 'prod-dev-svc', labels: { app: 'prod-standalone' } },
      '2 server',
      4,
    ],
    [
      'the product with a word for what Kubernetes runs it as, on weak evidence',
      { name: 'prod-sts', labels: { app: 'prod-sts' } },
      '2 server',
      4,
    ],
    [
      'the product with words for a try of it, on weak evidence',
      { name: 'prod-under-test', labels: { app: 'prod-under-test' } },
      '2 server',
      4,
    ],
    [
      'what follows the product, before a word for where it runs',
      { labels: { app: 'prod-gateway-staging' } },
      '0 gateway',
    ],
    ['the name without its number', { name: 'prod-gateway-12' }, '0 gateway'],
    ['the name without separators', { name: 'prod-_gateway' }, '0 gateway'],
    ['the product itself on weak evidence', { labels: { app: 'prod' } }, '2 server', 4],
    ['its label and own port, whatever people call it', { ...called('a-store'), ports }, '2 server', 3],
    ['its label and own port, whatever its name ends with', { ...called('my-exporter'), ports }, '2 server', 3],
    ['what follows the release, beside its own port', { ...called('a-gateway', {}), ports }, '0 gateway'],
    [
      'the name, where the component is the product',
      { name: 'prod-gateway', labels: { [label]: 'prod' } },
      '0 gateway',
    ],
    ['what stands before the name of its resource', { name: 'prod-gateway-eu', selector: resource }, '0 gateway'],
    ['what stands behind the name of its resource', { name: 'prod-eu-gateway', selector: resource }, '0 gateway'],
    [
      'a resource that is called as another part is',
      { name: 'prod-store', selector: { prometheus: 'store' } },
      '2 server',
    ],
  ];
  for (const [title, change, entryPoint, tier] of cases) {
    it(`tells the entry point by ${title}`, () => {
      expect(found(change, tier)).to.equal(entryPoint);
    });
  }

  const others: readonly (readonly [title: string, Partial<ServiceView>, reason: string, tier?: Tier])[] = [
    ['whose component is another part', { labels: { [label]: 'store' } }, vetoed('component "store"')],
    ['whose component has a word for another part', { labels: { [label]: 'X_Store' } }, vetoed('component "X_Store"')],
    ['with a part of this product alone', { labels: { [label]: 'feeder' } }, vetoed('component "feeder"')],
    ['whose label names another part', { labels: { app: 'prod-store' } }, vetoed('product label "store"')],
    ['whose name does', { name: 'prod-store' }, vetoed('name "store"')],
    ['whose name does, numbered', { name: 'prod-store-1' }, vetoed('name "store"')],
    ['whose name does behind the release', { name: 'a-store', labels: { release: 'a' } }, vetoed('name "store"')],
    ['whose name ends with a word that no server has', { name: 'x-exporter' }, vetoed('name "exporter"')],
    ['whose name does, without its own port', called('a-store'), vetoed('name "store"'), 3],
    ['whose name does, on weak evidence', { ...called('a-store'), ports }, vetoed('name "store"'), 4],
    ['whose name ends so, on weak evidence', { ...called('x-exporter'), ports }, vetoed('name "exporter"'), 4],
    ['whose name does beside its resource', { name: 'prod-store-eu', selector: resource }, vetoed('name "store"')],
    ['whose name does behind its resource', { name: 'prod-eu-store', selector: resource }, vetoed('name "store"')],
    [
      'whose component ends with an entry point behind another part',
      { labels: { [label]: 'prod-store-gateway' } },
      vetoed('component "prod-store-gateway"'),
    ],
    [
      'whose component ends with an entry point, without the product in it',
      { labels: { [label]: 'x-gateway' } },
      because('UnknownPart', { part: 'component "x-gateway"', product: 'Product' }).message,
    ],
    [
      'whose component no entry point names',
      { labels: { [label]: 'x', component: 'y' } },
      because('UnknownPart', { part: 'component "x", component "y"', product: 'Product' }).message,
    ],
    [
      'with a label that has more to it than the product, on weak evidence',
      { name: 'prod-booking', labels: { app: 'prod-booking' } },
      because('UnknownPart', { part: 'this Service', product: 'Product' }).message,
      4,
    ],
  ];
  for (const [title, change, reason, tier] of others) {
    it(`leaves a Service ${title}`, () => {
      expect(found(change, tier)).to.equal(reason);
    });
  }

  it('hears no word of a name without the product beside a port or a component that told the product', () => {
    const facts = factsOf(serviceView({ ...called('a-store', { app: 'x' }), ports }));
    const nameOf = (when: Evidence['when']): string => {
      const match = entryPointOf(facts, detector, { tier: 5, when });
      return 'reason' in match ? match.message : match.entryPoint.name;
    };

    expect(nameOf({ namedPort: { name: 'web', number: '9090' } })).to.equal('server');
    expect(nameOf({ component: 'prod' })).to.equal('server');
    expect(nameOf({ name: 'a-store' })).to.equal(vetoed('name "store"'));
  });

  it('hears a word for another part with a number behind it', () => {
    expect(found({ name: 'prod-feeder0', labels: { app: 'prod' } })).to.equal(vetoed('name "feeder0"'));
    expect(found({ name: 'prod-push', labels: { app: 'prod' } })).to.equal(vetoed('name "push"'));
  });

  it('allows words for other parts where the entry point does', () => {
    const cache = { name: 'prod-cache', labels: { [label]: 'gateway' } };

    expect(found(cache)).to.equal('0 gateway');
    expect(found({ ...cache, labels: { [label]: 'server' } })).to.equal(vetoed('name "cache"'));
  });

  it('allows words for other parts where the entry point that names none does', () => {
    const rest = {
      ...detector,
      entryPoints: [
        { name: 'gateway', part: 'gateway' },
        { name: 'rest', allows: ['cache'] },
      ],
    } as const;

    expect(found({ labels: { app: 'prod-cache' }, name: 'a' }, 4, rest)).to.equal('1 rest');
    expect(found({ labels: { app: 'prod-cache-exporter' }, name: 'a' }, 4, rest)).to.equal(
      vetoed('product label "cache-exporter"'),
    );
    expect(found({ labels: { app: 'prod-cache' }, name: 'a' }, 4, withRest)).to.equal(vetoed('product label "cache"'));
  });

  it('takes metrics for no other part of what is labelled, over HTTP and at its own number, which counts where it answers', () => {
    const counts = { name: 'prod-metrics', labels: { [label]: 'metrics', app: 'prod' }, ports };
    const reason = vetoed('component "metrics"');

    expect(found(counts, 3, withRest)).to.equal('1 rest');
    expect(found(counts, 4, withRest)).to.equal(reason);
    expect(found({ ...counts, ports: [{ ...ports[0], port: 81, targetPort: 81 }] }, 3, withRest)).to.equal(reason);
    expect(found({ ...counts, ports: [{ ...ports[0], protocol: 'UDP' }] }, 3, withRest)).to.equal(reason);
    expect(found(counts, 3, { ...withRest, scheme: 'redis' })).to.equal(reason);
  });

  it('takes an entry point that asks for more only where that is so', () => {
    const [gateway, ...others] = detector.entryPoints;
    const asking = {
      ...detector,
      entryPoints: [{ ...gateway, when: { labels: { edge: 'yes' } } }, ...others] as const,
    };
    const labels = { [label]: 'gateway' };

    expect(found({ labels: { ...labels, edge: 'yes' } }, 2, asking)).to.equal('0 gateway');
    expect(found({ labels }, 2, asking)).to.equal(
      because('UnknownPart', { part: 'component "gateway"', product: 'Product' }).message,
    );
  });

  it('takes a word that is the product for no other part', () => {
    expect(
      found({ labels: { [label]: 'gateway', app: 'redis' }, name: 'redis-redis' }, 2, {
        ...detector,
        words: ['redis'],
      }),
    ).to.equal('0 gateway');
  });

  it('takes a word that begins with one of the product for no other part', () => {
    const postgres = { ...withRest, words: ['postgres'] };

    expect(found({ labels: { [label]: 'postgresql-server', app: 'a' }, name: 'a' }, 2, postgres)).to.equal('1 rest');
    expect(found({ labels: { [label]: 'postgresql-exporter', app: 'a' }, name: 'a' }, 2, postgres)).to.equal(
      vetoed('component "postgresql-exporter"'),
    );
  });

  it('believes a word in the middle of a name to be no end of it', () => {
    expect(found({ name: 'exporter-x' })).to.equal('2 server');
  });

  it('takes every other part for the entry point that names none', () => {
    expect(found({ labels: { [label]: 'anything' } }, 2, withRest)).to.equal('1 rest');
    expect(found({ labels: { [label]: 'gateway' } }, 2, withRest)).to.equal('0 gateway');
    expect(found({ labels: { [label]: 'store' } }, 2, withRest)).to.equal(vetoed('component "store"'));
  });

  it("asks no word of a user's own detector, which says by itself what it excludes", () => {
    expect(found({ labels: { [label]: 'store' } }, 0, { ...detector, words: [] })).to.equal('0 gateway');
  });
});
