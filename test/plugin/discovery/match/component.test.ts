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
    ['the component label', { labels: { [label]: 'gateway' } }, '0 gateway'],
    ['a component that matches a pattern', { labels: { [label]: 'nginx-proxy' } }, '0 gateway'],
    ['the first component that an entry point names', { labels: { [label]: 'x', component: 'server' } }, '2 server'],
    ['the end of a component that contains the product', { labels: { [label]: 'b-prod-x-gateway' } }, '0 gateway'],
    ['the component, whatever the name says', { name: 'prod-server', labels: { [label]: 'gateway' } }, '0 gateway'],
    ['a role label', { name: 'prod', labels: { role: 'primary' } }, '1 leader'],
    ['a role label over the name', { name: 'prod-server', labels: { role: 'primary' } }, '1 leader'],
    ['what follows the product in a label', { labels: { app: 'prod-gateway' } }, '0 gateway'],
    ['a product label that is an entry point', { name: 'x', labels: { app: 'gateway' } }, '0 gateway'],
    ['what follows the product in the name', { name: 'prod-gateway' }, '0 gateway'],
    ['what follows the last word of the product', { name: 'prod-product-x-gateway' }, '0 gateway'],
    ['the part in a numbered name', { name: 'prod-gateway-2' }, '0 gateway'],
    ['the product itself with a number, on weak evidence', { name: 'prod1', labels: { app: 'prod1' } }, '2 server', 4],
    [
      'what follows the release in a name without the product',
      { name: 'a-gateway', labels: { release: 'a' } },
      '0 gateway',
    ],
    ['the product itself', { name: 'prod' }, '2 server'],
    ['the product itself under any name, on strong evidence', { name: 'tempo' }, '2 server'],
    [
      'the product itself despite an unknown suffix, on strong evidence',
      { name: 'prod-x', labels: { app: 'prod-x' } },
      '2 server',
      3,
    ],
    ['what follows the product, before words such as "svc"', { name: 'prod-gateway-svc-lb' }, '0 gateway'],
    [
      'the product with a word for its deployment mode, on weak evidence',
      { name: 'prod-dev-svc', labels: { app: 'prod-standalone' } },
      '2 server',
      4,
    ],
    [
      'the product with a word for its workload kind, on weak evidence',
      { name: 'prod-sts', labels: { app: 'prod-sts' } },
      '2 server',
      4,
    ],
    [
      'the product with words for testing it, on weak evidence',
      { name: 'prod-under-test', labels: { app: 'prod-under-test' } },
      '2 server',
      4,
    ],
    [
      'what follows the product, before a word for the environment',
      { labels: { app: 'prod-gateway-staging' } },
      '0 gateway',
    ],
    ['the name without its number', { name: 'prod-gateway-12' }, '0 gateway'],
    ['the name without its separators', { name: 'prod-_gateway' }, '0 gateway'],
    ['the product itself on weak evidence', { labels: { app: 'prod' } }, '2 server', 4],
    ['its label and own port, whatever its name', { ...called('a-store'), ports }, '2 server', 3],
    ['its label and own port, whatever its name ends with', { ...called('my-exporter'), ports }, '2 server', 3],
    ['what follows the release, beside its own port', { ...called('a-gateway', {}), ports }, '0 gateway'],
    ['the name when the component is the product', { name: 'prod-gateway', labels: { [label]: 'prod' } }, '0 gateway'],
    ['what precedes the name of its custom resource', { name: 'prod-gateway-eu', selector: resource }, '0 gateway'],
    ['what follows the name of its custom resource', { name: 'prod-eu-gateway', selector: resource }, '0 gateway'],
    [
      'the product itself when its custom resource is named like another part',
      { name: 'prod-store', selector: { prometheus: 'store' } },
      '2 server',
    ],
  ];
  for (const [title, change, entryPoint, tier] of cases) {
    it(`identifies the entry point by ${title}`, () => {
      expect(found(change, tier)).to.equal(entryPoint);
    });
  }

  const others: readonly (readonly [title: string, Partial<ServiceView>, reason: string, tier?: Tier])[] = [
    ['whose component is another part', { labels: { [label]: 'store' } }, vetoed('component "store"')],
    [
      'whose component contains a word for another part',
      { labels: { [label]: 'X_Store' } },
      vetoed('component "X_Store"'),
    ],
    [
      'whose component is a part that only this product has',
      { labels: { [label]: 'feeder' } },
      vetoed('component "feeder"'),
    ],
    ['whose label names another part', { labels: { app: 'prod-store' } }, vetoed('product label "store"')],
    ['whose name contains another part', { name: 'prod-store' }, vetoed('name "store"')],
    ['whose name contains another part with a number', { name: 'prod-store-1' }, vetoed('name "store"')],
    [
      'whose name contains another part after the release',
      { name: 'a-store', labels: { release: 'a' } },
      vetoed('name "store"'),
    ],
    ['whose name ends in a word that no server uses', { name: 'x-exporter' }, vetoed('name "exporter"')],
    ['whose name contains another part, without its own port', called('a-store'), vetoed('name "store"'), 3],
    ['whose name contains another part, on weak evidence', { ...called('a-store'), ports }, vetoed('name "store"'), 4],
    [
      'whose name ends in a word that no server uses, on weak evidence',
      { ...called('x-exporter'), ports },
      vetoed('name "exporter"'),
      4,
    ],
    [
      'whose name contains another part before its custom resource',
      { name: 'prod-store-eu', selector: resource },
      vetoed('name "store"'),
    ],
    [
      'whose name contains another part after its custom resource',
      { name: 'prod-eu-store', selector: resource },
      vetoed('name "store"'),
    ],
    [
      'whose component ends in an entry point after another part',
      { labels: { [label]: 'prod-store-gateway' } },
      vetoed('component "prod-store-gateway"'),
    ],
    [
      'whose component ends in an entry point but lacks the product',
      { labels: { [label]: 'x-gateway' } },
      because('UnknownPart', { part: 'component "x-gateway"', product: 'Product' }).message,
    ],
    [
      'whose component belongs to no entry point',
      { labels: { [label]: 'x', component: 'y' } },
      because('UnknownPart', { part: 'component "x", component "y"', product: 'Product' }).message,
    ],
    [
      'whose label contains more than the product, on weak evidence',
      { name: 'prod-booking', labels: { app: 'prod-booking' } },
      because('UnknownPart', { part: 'this Service', product: 'Product' }).message,
      4,
    ],
  ];
  for (const [title, change, reason, tier] of others) {
    it(`rejects a Service ${title}`, () => {
      expect(found(change, tier)).to.equal(reason);
    });
  }

  it('ignores a name without the product when a port or a component identified the product', () => {
    const facts = factsOf(serviceView({ ...called('a-store', { app: 'x' }), ports }));
    const nameOf = (when: Evidence['when']): string => {
      const match = entryPointOf(facts, detector, { tier: 5, when });
      return 'reason' in match ? match.message : match.entryPoint.name;
    };

    expect(nameOf({ namedPort: { name: 'web', number: '9090' } })).to.equal('server');
    expect(nameOf({ component: 'prod' })).to.equal('server');
    expect(nameOf({ name: 'a-store' })).to.equal(vetoed('name "store"'));
  });

  it('recognises a word for another part that is followed by a number', () => {
    expect(found({ name: 'prod-feeder0', labels: { app: 'prod' } })).to.equal(vetoed('name "feeder0"'));
    expect(found({ name: 'prod-push', labels: { app: 'prod' } })).to.equal(vetoed('name "push"'));
  });

  it('allows words for other parts when the entry point does', () => {
    const cache = { name: 'prod-cache', labels: { [label]: 'gateway' } };

    expect(found(cache)).to.equal('0 gateway');
    expect(found({ ...cache, labels: { [label]: 'server' } })).to.equal(vetoed('name "cache"'));
  });

  it('allows words for other parts when the entry point without a part does', () => {
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

  it('does not treat "metrics" as another part of a labelled product over HTTP on its own number', () => {
    const counts = { name: 'prod-metrics', labels: { [label]: 'metrics', app: 'prod' }, ports };
    const reason = vetoed('component "metrics"');

    expect(found(counts, 3, withRest)).to.equal('1 rest');
    expect(found(counts, 4, withRest)).to.equal(reason);
    expect(found({ ...counts, ports: [{ ...ports[0], port: 81, targetPort: 81 }] }, 3, withRest)).to.equal(reason);
    expect(found({ ...counts, ports: [{ ...ports[0], protocol: 'UDP' }] }, 3, withRest)).to.equal(reason);
    expect(found(counts, 3, { ...withRest, scheme: 'redis' })).to.equal(reason);
  });

  it('uses an entry point with a condition only when the condition holds', () => {
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

  it('does not treat a word of the product itself as another part', () => {
    expect(
      found({ labels: { [label]: 'gateway', app: 'redis' }, name: 'redis-redis' }, 2, {
        ...detector,
        words: ['redis'],
      }),
    ).to.equal('0 gateway');
  });

  it('does not treat a word that starts with one of the product as another part', () => {
    const postgres = { ...withRest, words: ['postgres'] };

    expect(found({ labels: { [label]: 'postgresql-server', app: 'a' }, name: 'a' }, 2, postgres)).to.equal('1 rest');
    expect(found({ labels: { [label]: 'postgresql-exporter', app: 'a' }, name: 'a' }, 2, postgres)).to.equal(
      vetoed('component "postgresql-exporter"'),
    );
  });

  it('ignores a word for another part that is not at the end of the name', () => {
    expect(found({ name: 'exporter-x' })).to.equal('2 server');
  });

  it('assigns every other part to the entry point that names none', () => {
    expect(found({ labels: { [label]: 'anything' } }, 2, withRest)).to.equal('1 rest');
    expect(found({ labels: { [label]: 'gateway' } }, 2, withRest)).to.equal('0 gateway');
    expect(found({ labels: { [label]: 'store' } }, 2, withRest)).to.equal(vetoed('component "store"'));
  });

  it("applies no veto words to a user's own detector", () => {
    expect(found({ labels: { [label]: 'store' } }, 0, { ...detector, words: [] })).to.equal('0 gateway');
  });
});
