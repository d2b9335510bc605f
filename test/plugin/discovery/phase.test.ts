import { expect } from 'chai';
import { sourcesAnnotation } from '../../../plugin/cluster/sources-annotation.ts';
import type { Decision } from '../../../plugin/discovery/decision.ts';
import { phasesFor, writeStatus } from '../../../plugin/discovery/phase.ts';
import { keyOf } from '../../../plugin/lib/object-key.ts';
import { grafana, prometheus, service, slice } from '../../support/objects.ts';
import { discoverFixture } from './fixture.ts';

const url = 'http://prometheus.monitoring.svc.cluster.local:9090';

/** Phases for a ConfigMap that remembers these lines of `prometheus/metrics`. */
function remembering(...lines: readonly string[]): ReturnType<typeof phasesFor> {
  const text = ['prometheus/metrics:', ...lines.map((line) => `  ${line}`)].join('\n');
  return phasesFor({ annotations: { [sourcesAnnotation]: text } });
}

describe('plugin/discovery/phase', () => {
  let found = new Map<string, Decision>();

  beforeEach(async () => {
    const [selected, other] = [prometheus('monitoring'), grafana('monitoring')];
    const nothing = service({ namespace: 'shop', name: 'cart' });
    const { decisions } = await discoverFixture({
      items: [selected, other, nothing, slice(selected), slice(other, { ready: 0, notReady: 1 })],
      spec: { health: { check: 'readiness' } },
    });
    found = new Map(decisions.map((one) => [keyOf(one.service), one]));
  });

  const phaseOf = (name: string, { of }: ReturnType<typeof phasesFor>): string => of(found.get(name)!);

  it('distinguishes active backends from those that the next sync adds, changes or removes', () => {
    expect(phaseOf('monitoring/prometheus', remembering(`monitoring/prometheus ${url}`))).to.equal('Active');
    expect(phaseOf('monitoring/prometheus', remembering())).to.equal('Pending');
    expect(phaseOf('monitoring/prometheus', remembering(`monitoring/prometheus ${url}0`))).to.equal('Pending');
    expect(phaseOf('monitoring/prometheus', remembering(`monitoring/prometheus ${url} evicted`))).to.equal('Pending');
    expect(phaseOf('monitoring/grafana', remembering('monitoring/grafana http://x'))).to.equal('Leaving');
  });

  it('distinguishes backends waiting for health or proof from Services that are not backends', () => {
    expect(phaseOf('monitoring/grafana', remembering())).to.equal('Unhealthy');
    expect(phaseOf('shop/cart', remembering())).to.equal('Ignored');
    expect(phaseOf('shop/cart', remembering('shop/cart - not-proved'))).to.equal('Unproved');
    const redundant = { ...found.get('shop/cart')!, decision: 'redundant' } as const;
    expect(remembering().of(redundant)).to.equal('Excluded');
  });

  it('counts each Service once, including those gone from the cluster, whatever the annotation holds', () => {
    const { counts } = remembering(
      `monitoring/prometheus ${url}`,
      'gone/prometheus http://x',
      'evil',
      'a/b - not-proved',
    );

    expect(counts([...found.values()])).to.deep.equal({ Active: 1, Pending: 0, Leaving: 1, Unhealthy: 1, Unproved: 0 });
    expect(phasesFor({ annotations: {} }).counts([])).to.deep.equal({
      ...{ Active: 0, Pending: 0, Leaving: 0, Unhealthy: 0, Unproved: 0 },
    });
  });

  it('writes one short line, however many sources there are', () => {
    const many = (['in', 'evicted', 'unproved'] as const).flatMap((state) =>
      Array.from({ length: 20_000 }, () => ({ state })),
    );

    expect(writeStatus([])).to.equal('Active 0');
    expect(writeStatus(many)).to.equal('Active 20000, Unhealthy 20000, Unproved 20000');
  });
});
