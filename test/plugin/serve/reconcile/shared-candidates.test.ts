import { expect } from 'chai';
import { SharedCandidates } from '../../../../plugin/serve/reconcile/candidates.ts';
import { candidate } from '../../../support/candidate.ts';
import { serviceView } from '../../../support/service-view.ts';

describe('plugin/serve/reconcile/shared-candidates', () => {
  const service = serviceView({ namespace: 'monitoring', name: 'prometheus' });
  const made = (change: Parameters<typeof candidate>[1] = {}) =>
    candidate('monitoring/prometheus', { service, ...change });

  it('keeps one of those that are equal', () => {
    const shared = new SharedCandidates();
    const first = made();

    expect(shared.of(first)).to.equal(first);
    expect(shared.of(made())).to.equal(first);
  });

  it('keeps apart what differs in anything', () => {
    const shared = new SharedCandidates();
    shared.of(made());
    const others = [made({ toolset: 'mine' }), made({ endpoint: { ...made().endpoint, port: 9091 } })];

    for (const other of others) expect(shared.of(other)).to.equal(other);
  });

  it('knows nothing of an earlier version of the Service', () => {
    const shared = new SharedCandidates();
    shared.of(made());
    const changed = made({ service: { ...service } });

    expect(shared.of(changed)).to.equal(changed);
  });

  it('compares with no more than four, however many settings there are', () => {
    const shared = new SharedCandidates();
    const ports = [1, 2, 3, 4, 5];
    const withPort = (port: number) => made({ endpoint: { ...made().endpoint, port } });
    const before = ports.map((port) => shared.of(withPort(port)));

    const kept = ports.filter((port, index) => shared.of(withPort(port)) === before[index]);

    expect(kept).to.deep.equal([1, 2, 3, 4]);
  });
});
