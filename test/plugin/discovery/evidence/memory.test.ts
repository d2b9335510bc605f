import { expect } from 'chai';
import type { ProbeResult, Prober } from '../../../../plugin/cluster/probe/probe.ts';
import { probeReason } from '../../../../plugin/cluster/probe/probe-reasons.ts';
import type { Cluster, Unread } from '../../../../plugin/cluster/types.ts';
import { writeSources } from '../../../../plugin/discovery/selection/previous-sources.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import type { BackendOptions } from './fixture.ts';
import { backend, decisionOn, remembering, run, urlsOf } from './fixture.ts';

/** What is remembered of evidence, and when it is read again. */
describe('plugin/discovery/evidence/memory', () => {
  const before = '2026-03-01T10:00:00Z';
  const written = '2026-03-01T10:01:00Z';
  const after = '2026-03-01T10:02:00Z';
  const image = 'quay.io/prometheus/prometheus:v3';
  const labels = { 'app.kubernetes.io/name': 'prometheus' };
  const flags = { image, args: ['--web.route-prefix=/prometheus'] };

  const told: readonly (readonly [title: string, options: BackendOptions, asked: readonly string[], words: string])[] =
    [
      [
        'a custom resource',
        { spec: { routePrefix: '/prometheus' } },
        ['Prometheus monitoring/prometheus'],
        'resource:path',
      ],
      ['a Pod', { labels, pod: flags }, ['Pod monitoring/prometheus-0'], 'pods:path'],
      ['a Pod that proves a suspect', { labels: {}, pod: flags }, ['Pod monitoring/prometheus-0'], 'pods:path'],
      [
        'a Pod that proves another product with the same port',
        {
          name: 'view',
          labels: {},
          pod: { image: 'quay.io/thanos/thanos', args: ['query', '--web.route-prefix=/all'] },
        },
        ['Pod monitoring/view-0'],
        'pods:path',
      ],
      ['an uninformative Pod', { labels, pod: { image: 'other' } }, ['Pod monitoring/prometheus-0'], 'pods'],
    ];

  for (const [title, options, asked, words] of told) {
    it(`remembers the evidence from ${title}: the next run reads nothing and gives the same result`, async () => {
      const first = await run(backend(options));
      const second = await run([...backend(options), remembering(first)]);

      expect(first.asked).to.deep.equal(asked);
      expect(writeSources(first.sources).split(' ').slice(4).join(' ')).to.equal(words);
      expect(second.asked).to.deep.equal([]);
      expect(urlsOf(second)).to.deep.equal(urlsOf(first));
      expect(writeSources(second.sources)).to.equal(writeSources(first.sources));
    });

    it(`reads ${title} again after the endpoints have changed`, async () => {
      const first = await run(backend(options));

      for (const [time, isAsked] of [
        [before, false],
        [written, true],
        [after, true],
      ] as const) {
        const later = await run([...backend({ ...options, changedAt: time }), remembering(first, written)]);

        expect(later.asked, time).to.deep.equal(isAsked ? asked : []);
        expect(urlsOf(later)).to.deep.equal(urlsOf(first));
      }
    });
  }

  it('picks up a changed prefix only once the pods have changed', async () => {
    const first = await run(backend({ spec: { routePrefix: '/old' } }));
    const changed = (changedAt: string): KubeObject[] => backend({ spec: { routePrefix: '/new' }, changedAt });

    const early = await run([...changed(before), remembering(first, written)]);
    const late = await run([...changed(after), remembering(first, written)]);

    expect(urlsOf(early)).to.deep.equal(urlsOf(first));
    expect(urlsOf(late)).to.deep.equal(['http://prometheus.monitoring.svc.cluster.local:9090/new']);
  });

  for (const unread of ['Forbidden', 'Unavailable'] as const)
    it(`keeps the remembered evidence and warns when a later read is ${unread}`, async () => {
      for (const [, options] of told.slice(0, 3)) {
        const first = await run(backend(options));
        const later = [...backend({ ...options, changedAt: after }), remembering(first, written)];

        const second = await run(later, { change: always(unread) });

        expect(urlsOf(second)).to.deep.equal(urlsOf(first));
        expect(writeSources(second.sources)).to.equal(writeSources(first.sources));
        expect(second.warnings.map(({ code }) => code)).to.deep.equal([`EVIDENCE_${unread.toUpperCase()}`]);
      }
    });

  it('keeps the remembered evidence and warns when the object has become too large', async () => {
    for (const [, options] of told.slice(0, 3)) {
      const first = await run(backend(options));
      const later = [...backend({ ...options, changedAt: after }), remembering(first, written)];

      const second = await run(later, { change: always('TooLarge') });

      expect(urlsOf(second)).to.deep.equal(urlsOf(first));
      expect(writeSources(second.sources)).to.equal(writeSources(first.sources));
      expect(second.warnings.map(({ code }) => code)).to.deep.equal(['EVIDENCE_UNAVAILABLE']);
      expect(second.warnings[0]!.message).to.match(/over 256 KB are not read: route prefix/);
    }
  });

  it('does not read an oversized object again in the next run', async () => {
    const objects = backend({ spec: { routePrefix: '/prometheus' } });

    const first = await run(objects, { change: always('TooLarge') });
    const second = await run([...objects, remembering(first)], { change: always('TooLarge') });

    expect(first.asked).to.have.length(2);
    expect(second.asked).to.have.length(0);
    expect(urlsOf(second)).to.deep.equal(['http://prometheus.monitoring.svc.cluster.local:9090']);
  });

  it('repeats the warning in every run until reading is permitted', async () => {
    const objects = backend({ spec: { routePrefix: '/prometheus' } });

    const first = await run(objects, { change: always('Forbidden') });
    const second = await run([...objects, remembering(first)], { change: always('Forbidden') });
    const granted = await run([...objects, remembering(second)]);

    expect(second.asked).to.deep.equal(first.asked);
    expect(second.warnings).to.deep.equal(first.warnings);
    expect(granted.warnings).to.deep.equal([]);
    expect(urlsOf(granted)).to.deep.equal(['http://prometheus.monitoring.svc.cluster.local:9090/prometheus']);
  });

  it('remembers an unproved suspect until its endpoints change', async () => {
    const suspect = { name: 'metrics', pod: { image: 'other' } };
    const first = await run(backend(suspect));
    const second = await run([...backend(suspect), remembering(first, written)]);
    const third = await run([...backend({ ...suspect, changedAt: after }), remembering(second, written)]);
    const proved = await run([
      ...backend({ name: 'metrics', pod: flags, changedAt: after }),
      remembering(third, written),
    ]);

    expect(first.asked).to.deep.equal(['Pod monitoring/metrics-0']);
    expect(decisionOn(first, 'monitoring/metrics')).to.include({ decision: 'rejected', reason: 'NotProved' });
    expect(second.asked).to.deep.equal([]);
    expect(decisionOn(second, 'monitoring/metrics')).to.include({ decision: 'rejected', reason: 'NotProved' });
    expect(third.asked).to.deep.equal(first.asked);
    for (const one of [second, third]) expect(writeSources(one.sources)).to.equal(writeSources(first.sources));
    expect(urlsOf(proved)).to.deep.equal(['http://metrics.monitoring.svc.cluster.local:9090/prometheus']);
  });

  it('still remembers an unproved suspect after a later read fails', async () => {
    const first = await run(backend({ name: 'metrics', pod: { image: 'other' } }));
    const later = [...backend({ name: 'metrics', pod: flags, changedAt: after }), remembering(first, written)];

    const second = await run(later, { change: always('Unavailable') });

    expect(urlsOf(second)).to.deep.equal([]);
    expect(writeSources(second.sources)).to.equal(writeSources(first.sources));
    expect(urlsOf(await run([...later.slice(0, -1), remembering(second, written)]))).to.have.length(1);
  });

  it('remembers at most 100 unproved suspects, and eventually reads nothing', async () => {
    const suspects = Array.from({ length: 300 }, (_, index) =>
      backend({ namespace: `n${String(index % 7)}`, name: `s${String(index)}`, pod: { image: 'other' } }),
    ).flat();
    const asked: number[] = [];
    let last = await run(suspects);
    for (let count = 0; count < 3; count += 1) {
      asked.push(last.asked.length);
      last = await run([...suspects, remembering(last)]);
    }

    expect(asked).to.deep.equal([50, 50, 0]);
    expect(last.sources).to.have.length(100);
  });

  it('reads evidence only for a backend that is ready', async () => {
    for (const options of [{ spec: { routePrefix: '/a' } }, { labels, pod: flags }, { name: 'metrics', pod: flags }]) {
      expect((await run(backend({ ...options, ready: 0 }))).asked).to.deep.equal([]);
      expect((await run(backend(options))).asked).to.have.length(1);
    }
  });

  it('keeps a suspect that a probe proved, without probing it again', async () => {
    const suspect = backend({
      name: 'metrics',
      pod: { image: 'own-build' },
    });
    const probed: string[] = [];
    const prober: Prober = ({ target }) => {
      probed.push(target);
      return Promise.resolve<ProbeResult>({
        healthy: true,
        identified: true,
        ...probeReason('Answered', { status: 200, url: target }),
      });
    };

    const first = await run(suspect, { prober });
    const probes = probed.length;
    const second = await run([...suspect, remembering(first)], { prober });

    expect(urlsOf(first)).to.deep.equal(['http://metrics.monitoring.svc.cluster.local:9090']);
    expect(writeSources(first.sources)).to.match(/ probe$/);
    expect(urlsOf(second)).to.deep.equal(urlsOf(first));
    expect(writeSources(second.sources)).to.equal(writeSources(first.sources));
    expect([second.asked, probed.length - probes]).to.deep.equal([[], 0]);
  });

  it('denies a remembered path that its namespace may not declare, and reads again', async () => {
    const spec = { routePrefix: '/one/team/alpha/store' };
    const trusted = { spec: { trust: { namespaces: ['monitoring'] } } };
    const first = await run(backend({ spec }), trusted);
    expect(urlsOf(first)[0]).to.match(/\/one\/team\/alpha\/store$/);

    const second = await run([...backend({ spec }), remembering(first)]);

    expect(second.asked).to.deep.equal(first.asked);
    expect(decisionOn(second)).to.include({ decision: 'denied', reason: 'UntrustedEvidence' });
  });

  const forged: readonly (readonly [what: string, url: string])[] = [
    ['a port that the Service does not have', 'http://prometheus.monitoring.svc.cluster.local:22'],
    ['a path longer than evidence allows', `http://prometheus.monitoring.svc.cluster.local:9090/${'a/'.repeat(300)}b`],
    ['a path that is not plain', 'http://prometheus.monitoring.svc.cluster.local:9090/a%20b'],
    ['an invalid URL', 'http://:x'],
  ];
  for (const [what, url] of forged)
    it(`ignores ${what} in the ConfigMap, whatever evidence it cites, and reads again`, async () => {
      const trusted = { spec: { trust: { namespaces: ['monitoring'] } } };
      const objects = backend({ spec: { routePrefix: '/real' } });
      const first = await run(objects, trusted);
      const config = remembering(first);
      const key = 'kubernaut.io/toolset-sources';
      const text = `prometheus/metrics:\n  monitoring/prometheus ${url} resource:scheme+port+path`;
      const written = { ...config, metadata: { ...config.metadata, annotations: { [key]: text } } };

      const second = await run([...objects, written], trusted);

      expect(urlsOf(second)).to.deep.equal(urlsOf(first));
      expect(second.asked).to.deep.equal(first.asked);
    });

  it('ignores the host in the ConfigMap', async () => {
    const objects = backend({ spec: {} });
    const config = remembering(await run(objects));
    const key = 'kubernaut.io/toolset-sources';
    const text = `prometheus/metrics:\n  monitoring/prometheus http://evil.example.com:9090/a resource:scheme+port+path`;
    const written = { ...config, metadata: { ...config.metadata, annotations: { [key]: text } } };

    expect(urlsOf(await run([...objects, written]))).to.deep.equal([
      'http://prometheus.monitoring.svc.cluster.local:9090/a',
    ]);
  });

  it('reads nothing when annotations set the endpoint, or with evidence: off', async () => {
    const [one, ...others] = backend({ spec: { routePrefix: '/a' } });
    const annotations = {
      'kubernaut.io/toolset': 'true',
      'kubernaut.io/toolset-endpoint': 'http://prometheus.monitoring.svc:9090/b',
    };
    const annotated = { ...one!, metadata: { ...one!.metadata, annotations } };

    expect((await run([annotated, ...others])).asked).to.deep.equal([]);
    expect((await run([one!, ...others], { spec: { discovery: { evidence: 'off' } } })).asked).to.deep.equal([]);
  });

  function always(unread: Unread): (cluster: Cluster) => Cluster {
    const refuse = (): Promise<{ readonly unread: Unread }> => Promise.resolve({ unread });
    return (cluster) => ({ ...cluster, customResource: refuse, pod: refuse });
  }
});
