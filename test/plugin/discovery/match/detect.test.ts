import { expect } from 'chai';
import { prometheus } from '../../../../detectors/prometheus.ts';
import type { Detector, Evidence, ServiceView } from '../../../../detectors/types.ts';
import { detectWith } from '../../../../plugin/discovery/match/detect.ts';
import { serviceView } from '../../../support/service-view.ts';

function detector(id: string, evidence: readonly Evidence[], change: Partial<Detector> = {}): Detector {
  return {
    ...prometheus,
    id,
    title: id.toUpperCase(),
    toolset: id,
    words: [id],
    evidence,
    notOf: [],
    otherParts: [],
    entryPoints: [{ name: 'server' }],
    ports: { names: ['query'], numbers: [] },
    scheme: 'http',
    schemes: [],
    ...change,
  };
}

const byLabel = (id: string): Evidence => ({ rule: 'product label', tier: 2, when: { product: id } });
const byName = (id: string): Evidence => ({ rule: 'name', tier: 5, when: { name: id } });
const query = { name: 'query', port: 81, protocol: 'TCP', appProtocol: '', targetPort: 81 };

function found(detectors: readonly Detector[], change: Partial<ServiceView>): string | null {
  const detection = detectWith(detectors, 'cluster.local')(serviceView({ ports: [query], ...change }));
  if (detection === null) return null;
  if (detection.kind === 'rejection') {
    const { detector: of, tier, rule, reason } = detection.rejection;
    return `not ${of.id} (${String(tier)}, ${rule}): ${reason}`;
  }
  const { detector: of, tier, rule, endpoint, toolset, instance } = detection.candidate;
  return `${of.id} (${String(tier)}, ${rule}): ${toolset} ${instance} ${endpoint.host}:${String(endpoint.port)}`;
}

describe('plugin/discovery/match/detect', () => {
  const [loki, mimir] = [
    detector('loki', [byLabel('loki'), byName('loki')]),
    detector('mimir', [byLabel('mimir'), byName('mimir')]),
  ];
  const claimed = (id: string, rule: string, name: string): string =>
    `${id} (${rule}): ${id} obs/${name} ${name}.obs.svc.cluster.local:81`;

  it('ignores a Service in which nothing points at a product', () => {
    expect(found([loki, mimir], { name: 'web' })).to.equal(null);
    expect(found([], { name: 'loki' })).to.equal(null);
  });

  it('claims a Service by its strongest evidence, and cites the facts behind it', () => {
    expect(found([loki], { name: 'loki', labels: { app: 'loki' } })).to.equal(
      claimed('loki', '2, product label: product loki', 'loki'),
    );
    expect(found([loki], { name: 'loki' })).to.equal(claimed('loki', '5, name: name loki', 'loki'));
  });

  it('prefers the product with the stronger evidence, whatever the order', () => {
    const service = { name: 'loki', labels: { app: 'mimir' } };

    for (const order of [
      [loki, mimir],
      [mimir, loki],
    ])
      expect(found(order, service)).to.equal(claimed('mimir', '2, product label: product mimir', 'loki'));
  });

  it('prefers the first of two products with equal evidence', () => {
    const other = detector('other', [byLabel('loki')], { words: ['loki'] });

    expect(found([loki, other], { labels: { app: 'loki' } })).to.match(/^loki /);
    expect(found([other, loki], { labels: { app: 'loki' } })).to.match(/^other /);
  });

  it('prefers a usable product to one without a query port, however strong the evidence', () => {
    const closed = detector('mimir', [byLabel('mimir')], { ports: { names: ['other'], numbers: [] } });
    const service = { name: 'loki', labels: { app: 'mimir' }, ports: [query, { ...query, name: 'x', port: 82 }] };

    expect(found([closed, loki], service)).to.match(/^loki /);
  });

  it('rejects a Service without a query port', () => {
    expect(found([loki], { labels: { app: 'loki' }, ports: [] })).to.equal(
      'not loki (2, product label: product loki): NoQueryPort',
    );
  });

  it('rejects a part that does not answer queries', () => {
    const labels = { app: 'loki', component: 'write' };

    expect(found([loki], { labels })).to.equal('not loki (2, product label: product loki): OtherPart');
  });

  it('rejects a store that belongs to another product', () => {
    const own = detector('loki', [byLabel('loki')], { notOf: [{ labels: { team: 'x' } }, { labels: { team: 'a' } }] });

    expect(found([own], { labels: { app: 'loki', team: 'a' } })).to.equal(
      'not loki (2, product label: product loki): ExcludedByDetector',
    );
    expect(found([own], { labels: { app: 'loki', team: 'b' } })).to.match(/^loki /);
  });

  it('does not accept a word in name or label alone as evidence, and gives the reason', () => {
    expect(found([loki], { name: 'my-loki' })).to.equal('not loki (null, name alone): NameOnly');
    expect(found([loki], { name: 'my-loki', labels: { app: 'canary' } })).to.equal(
      'not loki (null, name alone): OtherProductLabel',
    );
    expect(found([loki], { labels: { app: 'x-loki' } })).to.equal('not loki (null, name alone): PartialProductLabel');
    expect(found([loki], { labels: { team: 'loki' } })).to.equal(null);
  });

  it('keeps a name-only match with a query port as a suspect with its endpoint', () => {
    const suspectOf = (change: Partial<ServiceView>): string | null => {
      const detection = detectWith(
        [loki],
        'cluster.local',
      )(serviceView({ name: 'my-loki', ports: [query], ...change }));
      const suspect = detection?.kind === 'rejection' ? detection.rejection.suspect : undefined;
      return suspect ? `${String(suspect.tier)} ${suspect.rule} ${String(suspect.endpoint.port)}` : null;
    };

    expect(suspectOf({})).to.equal('5 name alone 81');
    expect(suspectOf({ ports: [] })).to.equal(null);
  });

  it('reports NameOnly when a label is exactly the word, even beside a longer one', () => {
    const named = detector('loki', [byName('loki')]);

    expect(found([named], { labels: { app: 'loki' } })).to.equal('not loki (null, name alone): NameOnly');
    expect(found([named], { labels: { app: 'x-loki', 'app.kubernetes.io/name': 'loki' } })).to.equal(
      'not loki (null, name alone): NameOnly',
    );
  });

  it('treats a Service labelled as a part of another product as that part unless other evidence prevails', () => {
    const kafka = (tier: Evidence['tier']): Detector => detector('kafka', [{ ...byName('kafka'), tier }]);
    const ownerBy = (tier: Evidence['tier'], change: Partial<Detector> = {}): Detector =>
      detector('mimir', [{ ...byLabel('mimir'), tier }], { otherParts: ['kafka'], ...change });
    const service = { name: 'kafka', labels: { app: 'mimir', component: 'kafka' } };

    expect(found([kafka(4), ownerBy(3)], service)).to.equal('not mimir (3, product label: product mimir): OtherPart');
    expect(found([kafka(3), ownerBy(2)], service)).to.match(/^kafka \(3, /);
    expect(found([kafka(5), ownerBy(4)], service)).to.match(/^kafka \(5, /);
    expect(found([kafka(5), ownerBy(2, { notOf: [{ name: 'kafka' }] })], service)).to.match(/^kafka \(5, /);
  });

  it('reports the reason of the strongest evidence when no product is usable', () => {
    const shut = { ports: { names: ['other'], numbers: [] } };
    const [named, labelled] = [detector('loki', [byName('loki')], shut), detector('mimir', [byLabel('mimir')], shut)];
    const word = detector('obs', [byLabel('obs')]);
    const service = { name: 'loki', labels: { app: 'mimir', team: 'obs' }, ports: [query, { ...query, port: 82 }] };

    for (const order of [
      [named, labelled, word],
      [word, labelled, named],
      [labelled, word, named],
    ])
      expect(found(order, { ...service, name: 'loki' })).to.match(/^not mimir \(2, /);
    for (const order of [
      [named, word],
      [word, named],
    ])
      expect(found(order, { ...service, name: 'loki', labels: { app: 'x-obs' } })).to.match(/^not loki \(5, /);
    expect(found([loki, mimir], { name: 'loki-mimir' })).to.match(/^not loki \(null, /);
  });

  it("fills namespace and name into the toolset of a user's own detector", () => {
    const own = detector('own', [{ rule: 'customDetectors own', tier: 0, when: { name: 'x' } }], {
      words: [],
      toolset: 'team/${namespace}-${name}-${name}',
    });

    expect(found([loki, own], { name: 'x' })).to.equal(
      'own (0, customDetectors own: name x): team/obs-x-x obs/x x.obs.svc.cluster.local:81',
    );
  });

  it('suspects a Service by its port alone, and accepts it when the name confirms the port', () => {
    const pods = { images: ['postgres'] };
    const ports = { names: ['query'], numbers: [5432] };
    const postgres = detector('postgres', [byLabel('postgres')], { ports, pods, scheme: 'postgresql' });
    const onPort = (name: string): Partial<ServiceView> => ({
      name,
      ports: [{ ...query, name: 'loki', port: 5432 }],
    });
    const only = 'not postgres (null, port alone): PortOnly';

    expect(found([postgres], onPort('shop'))).to.equal(only);
    expect(found([loki, postgres], onPort('shop'))).to.equal(only);
    expect(found([loki, postgres], onPort('shop-db'))).to.match(/^postgres \(5, name of a database and port: /);
  });

  it('treats special characters in a word literally', () => {
    const dotted = detector('a.b', [{ rule: 'label', tier: 2, when: { product: 'a*' } }]);

    expect(found([dotted], { labels: { app: 'a.b' } })).to.match(/^a\.b /);
    expect(found([dotted], { labels: { app: 'axb' } })).to.equal(null);
  });

  const selector = {
    matchLabels: { team: 'a' },
    matchExpressions: [{ key: 'zone', operator: 'Exists', values: [] }],
  } as const;
  const shown: readonly (readonly [when: Evidence['when'], text: string])[] = [
    [{ owner: 'Loki.grafana.com' }, 'Loki x'],
    [{ component: 'gateway' }, 'component gateway'],
    [{ chart: 'loki' }, 'chart loki'],
    [{ labelSelector: selector }, 'team=a, zone=z'],
    [{ labels: { team: '*', 'helm.sh/chart': 'loki*' } }, 'team=a, helm.sh/chart=loki-6.1.0'],
    [{ annotations: { note: 'n' } }, 'note=n'],
    [{ selector: { app: 'loki' } }, 'app=loki'],
    [{ port: 'query' }, 'port query'],
    [{ product: 'loki', name: 'loki-gw', port: ['81'] }, 'product loki, name loki-gw, port 81'],
  ];
  for (const [when, text] of shown) {
    it(`describes ${JSON.stringify(when)} as ${text}`, () => {
      const service = {
        name: 'loki-gw',
        labels: { app: 'loki', component: 'gateway', 'helm.sh/chart': 'loki-6.1.0', team: 'a', zone: 'z' },
        annotations: { note: 'n' },
        selector: { app: 'loki' },
        owners: [{ apiVersion: 'grafana.com/v1', kind: 'Loki', name: 'x' }],
      };

      expect(found([detector('loki', [{ rule: 'rule', tier: 1, when }])], service)).to.match(/^loki /);
      expect(found([detector('loki', [{ rule: 'rule', tier: 1, when }])], service)).to.include(`(1, rule: ${text}):`);
    });
  }
});
