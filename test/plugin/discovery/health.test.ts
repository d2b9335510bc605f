import { expect } from 'chai';
import { probeReason } from '../../../plugin/cluster/probe/probe-reasons.ts';
import type { ProbeRequest, ProbeResult } from '../../../plugin/cluster/probe/probe.ts';
import { sourcesAnnotation } from '../../../plugin/cluster/sources-annotation.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import type { SliceOptions } from '../../support/objects.ts';
import { prometheus, service, slice } from '../../support/objects.ts';
import { decisionsOf, discoverFixture } from './fixture.ts';

describe('plugin/discovery/health', () => {
  const backend = prometheus();
  /** Its targetPorts name ports of containers. */
  const withNamedPorts: KubeObject = {
    ...backend,
    spec: {
      ...(backend.spec as object),
      ports: [
        { name: 'web', port: 9090, targetPort: 'web' },
        { name: 'grpc', port: 10_901, targetPort: 'grpc' },
      ],
    },
  };
  const key = 'monitoring/prometheus';
  const start = Date.parse('2026-01-01T00:00:00Z');
  /** When the recording ends: the clock of discovery. */
  const other = (at: number): KubeObject =>
    slice(service({ name: 'clock' }), { changedAt: new Date(at).toISOString() });

  function live(
    line = `prometheus/metrics:\n  ${key} http://prometheus.monitoring.svc.cluster.local:9090`,
  ): KubeObject {
    const name = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...name, annotations: { [sourcesAnnotation]: line } } };
  }

  /** What becomes of the backend that was unready for so long. */
  async function after(seconds: number, evictAfter: string, ...items: readonly KubeObject[]): Promise<string> {
    const unready = slice(backend, { ready: 0, notReady: 2, changedAt: new Date(start).toISOString() });
    const all = await decisionsOf({
      items: [backend, unready, other(start + seconds * 1000), ...items],
      spec: { health: { check: 'readiness', evictAfter } },
    });
    return all[key]!;
  }

  describe('a backend in the ConfigMap', () => {
    const boundaries: readonly (readonly [number, string, string])[] = [
      [0, '10m', 'selected'],
      [599, '10m', 'selected'],
      [600, '10m', 'unhealthy'],
      [3600, '1h', 'unhealthy'],
      [3599, '1h', 'selected'],
      [0, '0s', 'unhealthy'],
    ];
    for (const [seconds, evictAfter, decision] of boundaries) {
      it(`is ${decision} after ${seconds} s unready with evictAfter ${evictAfter}`, async () => {
        const reason = decision === 'selected' ? 'UnreadyRecently' : 'UnreadyTooLong';
        expect(await after(seconds, evictAfter, live())).to.equal(`${decision}: ${reason}`);
      });
    }

    it('stays when it is unknown since when it is unready', async () => {
      const items = [backend, slice(backend, { ready: 0, notReady: 1 }), live()];

      expect((await decisionsOf({ items, spec: { health: { check: 'readiness' } } }))[key]).to.equal(
        'selected: UnreadySinceUnknown',
      );
    });

    it('is unready when no ready Pod has its port', async () => {
      const line = { ready: 1, changedAt: new Date(start).toISOString() };
      const named = [slice(withNamedPorts, { ...line, ports: [{ name: 'web', port: 9090 }] }), live()];
      const renamed = [slice(withNamedPorts, { ...line, ports: [{ name: 'grpc', port: 10_901 }] }), live()];
      const decide = async (seconds: number, items: readonly KubeObject[]): Promise<string> =>
        (
          await decisionsOf({
            items: [withNamedPorts, other(start + seconds * 1000), ...items],
            spec: { health: { check: 'readiness', evictAfter: '10m' } },
          })
        )[key]!;

      expect(await decide(3_600, named)).to.equal('selected: AlreadyAdmitted');
      expect(await decide(599, renamed)).to.equal('selected: UnreadyRecently');
      expect(await decide(600, renamed)).to.equal('unhealthy: UnreadyTooLong');
    });

    it('stays without a probe, with the scheme and credential need found earlier', async () => {
      const items = [
        backend,
        live(`prometheus/metrics:\n  ${key} https://prometheus.monitoring.svc.cluster.local:9090 needs-credential`),
      ];
      const prober = (): Promise<ProbeResult> => Promise.reject(new Error('nothing is probed'));

      const { admitted } = await discoverFixture({ items, prober });

      expect(admitted[0]?.endpoint.scheme).to.equal('https');
      expect(admitted[0]?.needsCredential).to.equal(true);
    });

    for (const line of [
      '',
      'nonsense',
      'a:\n  b',
      'prometheus/metrics:',
      '\u0000:\n  monitoring/prometheus x',
      `  ${key}`,
      key,
    ]) {
      it(`counts as new when toolset-sources is ${JSON.stringify(line)}`, async () => {
        expect(await after(1, '10m', live(line))).to.equal('unhealthy: NotReady');
      });
    }
  });

  describe('a new backend', () => {
    const spec = { health: { check: 'readiness' } };

    it('is left out, however briefly it has been unready', async () => {
      expect(await after(0, '10m')).to.equal('unhealthy: NotReady');
    });

    it('is left out without an EndpointSlice', async () => {
      const items = [backend, other(start)];

      expect((await decisionsOf({ items, spec }))[key]).to.equal('unhealthy: NoEndpointSlice');
    });

    it('is ready when any of its EndpointSlices has a ready endpoint', async () => {
      const items = [backend, slice(backend, { ready: 0, notReady: 3 }), slice(backend, { ready: 1 })];

      expect((await decisionsOf({ items, spec }))[key]).to.equal('selected: Ready');
    });

    it('must have a ready Pod even if its Service publishes the addresses of unready ones', async () => {
      const unready = slice(backend, { ready: 0, notReady: 1, publishesNotReady: true });
      const ready = slice(backend, { publishesNotReady: true });

      expect((await decisionsOf({ items: [backend, unready], spec }))[key]).to.equal('unhealthy: NotReady');
      expect((await decisionsOf({ items: [backend, ready], spec }))[key]).to.equal('selected: Ready');
    });

    it('counts a Pod with an IPv4 and an IPv6 address once', async () => {
      const families = ['IPv4', 'IPv6'].flatMap((addressType) => [
        { ...slice(backend, { ready: 2 }), addressType },
        { ...slice(backend, { ready: 1, notReady: 1 }), addressType },
      ]);

      const { decisions } = await discoverFixture({ items: [backend, ...families], spec });

      expect(decisions[0]?.message).to.contain('has ready endpoints (3)');
    });

    it('needs a ready Pod with its port, unless DNS leads to the Pods themselves or no port is recorded', async () => {
      const of = async (service: KubeObject, ...ports: Parameters<typeof slice>[1][]): Promise<string> => {
        const items = [service, ...ports.map((options) => slice(service, options))];
        return (await decisionsOf({ items, spec }))[key]!;
      };
      const headless = { ...withNamedPorts, spec: { ...(withNamedPorts.spec as object), clusterIP: 'None' } };
      const [web, grpc] = [{ ports: [{ name: 'web', port: 9090 }] }, { ports: [{ name: 'grpc', port: 10_901 }] }];

      expect(await of(withNamedPorts, grpc)).to.equal('unhealthy: PortNotServed');
      expect(await of(withNamedPorts, { ports: null })).to.equal('unhealthy: PortNotServed');
      expect(await of(withNamedPorts, { ports: null }, { ...web, ready: 0, notReady: 1 })).to.equal(
        'unhealthy: PortNotServed',
      );
      expect(await of(withNamedPorts, { ports: null }, web)).to.equal('selected: Ready');
      expect(await of(headless, { ports: null })).to.equal('selected: Ready');
      expect(await of(withNamedPorts, {})).to.equal('selected: Ready');
    });

    it('is not judged by the ports of EndpointSlices that were not made from the Service, or too many', async () => {
      const of = async (service: KubeObject, ports: NonNullable<SliceOptions['ports']>): Promise<string> =>
        (await decisionsOf({ items: [service, slice(service, { ports })], spec }))[key]!;
      const many = Array.from({ length: 40 }, (_, index) => ({ name: `p${String(index)}`, port: 1_000 + index }));

      expect(await of(withNamedPorts, [{ port: 9090 }])).to.equal('selected: Ready');
      expect(await of(withNamedPorts, [{ name: 'metrics', port: 9090 }])).to.equal('selected: Ready');
      expect(await of(backend, [])).to.equal('selected: Ready');
      expect(await of(withNamedPorts, many)).to.equal('selected: Ready');
    });

    it('is not checked with check: none', async () => {
      const items = [backend, slice(backend, { ready: 0, notReady: 1 })];

      expect((await decisionsOf({ items }))[key]).to.equal('selected: NotChecked');
    });

    it('is not probed at an annotated endpoint path unless a health path is annotated too', async () => {
      const asked: string[] = [];
      const prober = ({ target }: ProbeRequest): ProbeResult => {
        asked.push(target);
        return { healthy: true, ...probeReason('Answered', { status: 200, url: 'http://web' }) };
      };
      const api = (name: string, more: object): KubeObject => {
        const annotations = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-type': 'wiki', ...more };
        return service({ namespace: 'team', name, annotations });
      };
      const endpoint = (name: string): object => ({ 'kubernaut.io/toolset-endpoint': `http://${name}.team.svc/quit` });
      const services = [
        api('plain', {}),
        api('below', endpoint('below')),
        api('telling', { ...endpoint('telling'), 'kubernaut.io/toolset-health-path': '/status' }),
      ];

      const { admitted } = await discoverFixture({ items: services.flatMap((one) => [one, slice(one)]), prober });

      expect(admitted).to.have.length(3);
      expect(asked.sort()).to.deep.equal([
        'plain.team.svc.cluster.local:80/',
        'telling.team.svc.cluster.local:80/quit/status',
      ]);
    });

    it('is probed with what only the product answers, or as the settings tune it', async () => {
      const asked: ProbeRequest[] = [];
      const prober = (request: ProbeRequest): Promise<ProbeResult> => {
        asked.push(request);
        return Promise.resolve({
          healthy: true,
          ...probeReason('Answered', { status: 200, url: 'http://prometheus' }),
        });
      };
      const items = [backend, slice(backend)];
      const tuned = { healthPath: '/-/ready', acceptStatus: [202], timeoutSeconds: 2, attempts: 1 };

      await discoverFixture({ items, prober });
      await discoverFixture({ items, prober, spec: { detectors: { prometheus: tuned } } });

      const target = 'prometheus.monitoring.svc.cluster.local:9090';
      const common = {
        namespace: 'monitoring',
        service: { name: 'prometheus', port: 9090 },
        detector: 'prometheus',
        scheme: 'http',
        clusterIP: '10.0.0.1',
        settleScheme: true,
        hostNames: ['prometheus.monitoring.svc.cluster.local', 'prometheus.monitoring.svc', 'prometheus.monitoring'],
        access: null,
        intervalSeconds: 0.3,
      };
      expect(asked).to.deep.equal([
        {
          ...common,
          target: `${target}/api/v1/status/buildinfo`,
          accept: [200, 204],
          contains: ['"status":"success"', '"version"'],
          findPrefix: true,
          timeoutSeconds: 1,
          attempts: 3,
        },
        {
          ...common,
          target: `${target}/-/ready`,
          accept: [202],
          contains: [],
          findPrefix: false,
          timeoutSeconds: 2,
          attempts: 1,
        },
      ]);
    });
  });
});
