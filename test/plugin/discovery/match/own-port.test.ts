import { expect } from 'chai';
import { prometheus } from '../../../../detectors/prometheus.ts';
import type { Detector, ServicePort, ServiceView } from '../../../../detectors/types.ts';
import { isConfirmed, isDistinctivePort, distinctivePortsBy } from '../../../../plugin/discovery/match/own-port.ts';
import { serviceView } from '../../../support/service-view.ts';

/** A new one each time: what a detector's numbers are is worked out once. */
function detectorOf(id: string, numbers: readonly number[], change: Partial<Detector> = {}): Detector {
  return { ...prometheus, id, entryPoints: [{ name: 'server' }], ports: { names: [], numbers }, ...change };
}

function port(number: number, change: Partial<ServicePort> = {}): ServicePort {
  return { name: 'http', port: number, protocol: 'TCP', appProtocol: '', targetPort: number, ...change };
}

describe('plugin/discovery/match/own-port', () => {
  const front = { name: 'front', ports: { names: [], numbers: [7100, 443] } };
  const of = (): Detector =>
    detectorOf('prod', [7000, 3000, 80, 443, 8080, 8443], { entryPoints: [front, { name: 'server' }] });

  const cases: readonly (readonly [title: string, ServicePort, isConfirmed: boolean, isTelling: boolean])[] = [
    ["the product's own number", port(7000), true, true],
    ['the number of one of its entry points', port(7100), true, true],
    ["the product's number as the target port", port(80, { targetPort: 7000 }), true, true],
    ["the product's number in front of another target port", port(7000, { targetPort: 80 }), true, true],
    ['a named target port', port(81, { targetPort: 'http' }), false, false],
    ['a generic number of the product', port(3000), true, false],
    ['an unrelated number', port(7001), false, false],
  ];
  for (const [title, one, confirmed, telling] of cases) {
    it(`finds ${title} ${confirmed ? 'confirmed' : 'not confirmed'} and ${telling ? 'distinctive' : 'not distinctive'}`, () => {
      expect(isConfirmed(serviceView({ ports: [port(81), one] }), of())).to.equal(confirmed);
      expect(isDistinctivePort(one, of())).to.equal(telling);
    });
  }

  for (const number of [80, 443, 8080, 8443]) {
    it(`finds ${String(number)} neither confirmed nor distinctive, even if the product uses it by default`, () => {
      expect(isConfirmed(serviceView({ ports: [port(number)] }), of())).to.equal(false);
      expect(isDistinctivePort(port(number), of())).to.equal(false);
    });
  }

  for (const number of [3000, 5000, 8000, 9000, 9009]) {
    it(`finds ${String(number)} confirmed but not distinctive when the product uses it`, () => {
      const detector = detectorOf('prod', [number]);

      expect(isConfirmed(serviceView({ ports: [port(number)] }), detector)).to.equal(true);
      expect(isDistinctivePort(port(number), detector)).to.equal(false);
    });
  }

  it("does not confirm the product's number over UDP or on a port named for gRPC or metrics", () => {
    for (const change of [{ protocol: 'UDP' }, { name: 'grpc' }, { name: 'metrics' }] as const)
      expect(isConfirmed(serviceView({ ports: [port(7000, change)] }), of()), JSON.stringify(change)).to.equal(false);
  });

  it('confirms a port named for node communication only when no other port can be the API', () => {
    const ports = (...all: readonly ServicePort[]): boolean => isConfirmed(serviceView({ ports: all }), of());

    for (const name of ['transport', 'cluster', 'tcp-cluster'] as const) {
      expect(ports(port(7000, { name })), name).to.equal(true);
      expect(ports(port(7000, { name }), port(9300, { name: 'transport' })), name).to.equal(true);
      expect(ports(port(7000, { name }), port(81)), name).to.equal(false);
      expect(ports(port(7001, { name })), name).to.equal(false);
    }
  });

  it('confirms a port named after alerts only for Alertmanager', () => {
    const alerts = serviceView({ ports: [port(7000, { name: 'alerts-api' })] });

    expect(isConfirmed(alerts, detectorOf('alertmanager', [7000], { words: ['alertmanager'] }))).to.equal(true);
    expect(isConfirmed(alerts, detectorOf('prod', [7000]))).to.equal(false);
    const gossip = serviceView({ ports: [port(7000, { name: 'gossip' })] });
    expect(isConfirmed(gossip, detectorOf('alertmanager', [7000], { words: ['alertmanager'] }))).to.equal(false);
  });

  describe('suspects', () => {
    function suspected(detectors: readonly Detector[], ...ports: readonly ServicePort[]): readonly string[] {
      return [...distinctivePortsBy(detectors)(serviceView({ namespace: 'team', ports }))].map(
        ({ number, detector }) => `${detector.id} ${String(number)}`,
      );
    }

    it('every product that has the number, port by port', () => {
      const detectors = [detectorOf('a', [7000]), detectorOf('b', [7000, 7001])];

      expect(suspected(detectors, port(7001), port(81), port(7000))).to.deep.equal(['b 7001', 'a 7000', 'b 7000']);
    });

    it("a product by its target port when the Service's own port matches none", () => {
      const detectors = [detectorOf('a', [7000]), detectorOf('b', [7001])];

      expect(suspected(detectors, port(81, { targetPort: 7001 }))).to.deep.equal(['b 7001']);
      expect(suspected(detectors, port(7000, { targetPort: 7001 }))).to.deep.equal(['a 7000']);
      expect(suspected(detectors, port(81, { targetPort: 'web' }))).to.deep.equal([]);
    });

    it('no product whose pods cannot prove it', () => {
      const { pods: _, ...unprovable } = detectorOf('a', [7000]);

      expect(suspected([unprovable], port(7000))).to.deep.equal([]);
    });

    it('nothing on a metrics or UDP port, nor by a generic number', () => {
      const detectors = [detectorOf('a', [7000, 9000, 8080])];

      expect(suspected(detectors, port(7000, { name: 'metrics' }), port(7000, { protocol: 'UDP' }))).to.deep.equal([]);
      expect(suspected(detectors, port(9000), port(8080))).to.deep.equal([]);
    });

    it('no product by a number that another of its ports may have as well', () => {
      const detectors = [detectorOf('a', [], { ports: { names: [], numbers: [7000, 7001], ambiguous: [7001] } })];

      expect(suspected(detectors, port(7001), port(7000))).to.deep.equal(['a 7000']);
    });

    it('a product by a generic number where the Service, its namespace or its Pods are named for monitoring', () => {
      const detectors = [detectorOf('a', [9000, 8080])];
      const by = (change: Partial<ServiceView>): readonly number[] => {
        const view = serviceView({ namespace: 'team', name: 'shop', selector: { app: 'shop' }, ...change });
        return [...distinctivePortsBy(detectors)({ ...view, ports: [port(9000), port(8080)] })].map(
          (one) => one.number,
        );
      };

      expect(by({})).to.deep.equal([]);
      expect(by({ namespace: 'monitoring' })).to.deep.equal([9000]);
      expect(by({ name: 'shop-dashboard' })).to.deep.equal([9000]);
      expect(by({ selector: { app: 'team-metrics' } })).to.deep.equal([9000]);
      expect(by({ name: 'monitors', namespace: 'mymonitoring' })).to.deep.equal([]);
    });
  });
});
