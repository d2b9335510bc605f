import { expect } from 'chai';
import { SharedCandidates } from '../../../../plugin/serve/reconcile/candidates.ts';
import { candidate } from '../../../support/candidate.ts';
import { serviceView } from '../../../support/service-view.ts';

describe('plugin/serve/reconcile/shared-candidates', () => {
  const service = serviceView({ namespace: 'monitoring', name: 'prometheus' });
  const made = (change: Parameters<typeof candidate>[1] = {}) =>
    candidate('monitoring/prometheus', { service, ...change });

  it('returns the same object for equal candidates', () => {
    const shared = new SharedCandidates();
    const first = made();

    expect(shared.of(first)).to.equal(first);
    expect(shared.of(made())).to.equal(first);
  });

  it('distinguishes candidates that differ in any property', () => {
    const shared = new SharedCandidates();
    shared.of(made());
    const others = [made({ toolset: 'mine' }), made({ endpoint: { ...made().endpoint, port: 9091 } })];

    for (const other of others) expect(shared.of(other)).to.equal(other);
  });

  it('shares nothing with an earlier version of the Service', () => {
    const shared = new SharedCandidates();
    shared.of(made());
    const changed = made({ service: { ...service } });

    expect(shared.of(changed)).to.equal(changed);
  });

  describe('with more than four different candidates for a Service', () => {
    const withPort = (port: number) => made({ endpoint: { ...made().endpoint, port } });

    it('keeps the four that were used last', () => {
      const shared = new SharedCandidates();
      const before = new Map([1, 2, 3, 4, 5].map((port) => [port, shared.of(withPort(port))]));

      const kept = [5, 4, 3, 2].filter((port) => shared.of(withPort(port)) === before.get(port));

      expect(kept).to.deep.equal([5, 4, 3, 2]);
      expect(shared.of(withPort(1))).to.not.equal(before.get(1));
    });

    it('counts a repeated request as a use', () => {
      const shared = new SharedCandidates();
      const [first, second] = [1, 2, 3, 4].map((port) => shared.of(withPort(port)));
      shared.of(withPort(1));
      shared.of(withPort(5));

      expect(shared.of(withPort(1))).to.equal(first);
      expect(shared.of(withPort(2))).to.not.equal(second);
    });

    it('shares the latest candidate after any number of changes', () => {
      const shared = new SharedCandidates();
      for (let port = 1; port <= 50; port++) {
        const latest = shared.of(withPort(port));

        expect(shared.of(withPort(port)), `change ${port}`).to.equal(latest);
      }
    });
  });
});
