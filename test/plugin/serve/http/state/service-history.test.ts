import { expect } from 'chai';
import type { Decision } from '../../../../../plugin/discovery/decision.ts';
import { ServiceHistory } from '../../../../../plugin/serve/http/state/service-history.ts';
import type { ObservedDiscovery } from '../../../../../plugin/serve/reconcile/evaluation/inputs.ts';

describe('plugin/serve/http/state/service-history', () => {
  let now: number;
  let serviceHistory: ServiceHistory;

  beforeEach(() => {
    now = 1;
    serviceHistory = new ServiceHistory({ epochMs: () => now });
  });

  /** A discovery for the ConfigMap `c` at this time that selects these Services of the namespace `a`. */
  function discovered(at: number, selected: readonly string[], unhealthy: readonly string[] = []): void {
    now = at;
    const decide = (decision: string) => (name: string) =>
      ({ service: { namespace: 'a', name }, decision }) as Decision;
    const decisions = [...selected.map(decide('selected')), ...unhealthy.map(decide('unhealthy'))];
    serviceHistory.recordDiscovery('c', { conclusion: { decisions } } as unknown as ObservedDiscovery);
  }

  it('does not know when the Services of the first discovery were selected', () => {
    discovered(1, ['one']);
    discovered(2, ['one']);

    expect(serviceHistory.discoveredAt('c', 'a/one')).to.equal(null);
  });

  it('keeps the time at which a Service was selected later', () => {
    discovered(1, ['one'], ['two']);
    discovered(2, ['one', 'two']);
    discovered(3, ['one', 'two']);

    expect(serviceHistory.discoveredAt('c', 'a/two')).to.equal(2);
    expect(serviceHistory.discoveredAt('other', 'a/two')).to.equal(null);
  });

  it('forgets that time when the Service leaves, and records a new one when it returns', () => {
    discovered(1, []);
    discovered(2, ['one']);
    discovered(3, []);
    expect(serviceHistory.discoveredAt('c', 'a/one')).to.equal(null);
    discovered(4, ['one']);

    expect(serviceHistory.discoveredAt('c', 'a/one')).to.equal(4);
  });

  it('keeps that time while discovery fails, and drops it with the ConfigMap', () => {
    discovered(1, []);
    discovered(2, ['one']);
    serviceHistory.recordDiscovery('c', null);
    expect(serviceHistory.discoveredAt('c', 'a/one')).to.equal(2);
    serviceHistory.forget('c');

    expect(serviceHistory.discoveredAt('c', 'a/one')).to.equal(null);
  });

  it('keeps the last health check of at most 10,000 Services', () => {
    const check = (name: string, healthy: boolean): void => {
      serviceHistory.recordCheck({ namespace: 'a', service: { name, port: 80 } }, { healthy });
    };
    check('one', false);
    now = 2;
    check('one', true);
    expect(serviceHistory.lastCheck('a/one')).to.deep.equal({ at: 2, healthy: true });
    for (let index = 0; index < 10_000; index += 1) check(`x${String(index)}`, true);

    expect(serviceHistory.lastCheck('a/one')).to.equal(null);
    expect(serviceHistory.lastCheck('a/x9999')).to.deep.equal({ at: 2, healthy: true });
  });

  it('does not attribute the check of an external host to a Service of a similar name', () => {
    const request = { namespace: 'a', service: null, target: 'loki.monitoring.example.com:443/ready' };
    serviceHistory.recordCheck(request, { healthy: false });

    expect(serviceHistory.lastCheck('monitoring/loki')).to.equal(null);
  });
});
