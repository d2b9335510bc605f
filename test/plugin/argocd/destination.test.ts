import { expect } from 'chai';
import { applicationName } from '../../../plugin/argocd/application.ts';
import { destinationOf, otherClusterOf } from '../../../plugin/argocd/destination.ts';

describe('plugin/argocd/destination', () => {
  for (const [destination, own] of [
    [{ server: 'https://kubernetes.default.svc' }, []],
    [{ server: 'https://kubernetes.default.svc/', namespace: 'holmesgpt' }, []],
    [{ name: 'in-cluster' }, []],
    [{ name: 'in-cluster', server: 'https://kubernetes.default.svc' }, []],
    [{ name: 'prod-hub' }, ['prod-hub']],
    [{ server: 'https://10.0.0.1:6443' }, ['https://10.0.0.1:6443/']],
    [{}, []],
    [undefined, []],
  ] as const) {
    it(`treats ${JSON.stringify(destination)} as its own cluster, whose other names are ${JSON.stringify(own)}`, () => {
      expect(otherClusterOf(destinationOf({ destination }), own)).to.equal(null);
    });
  }

  for (const [destination, own, other] of [
    [{ server: 'https://spoke.example.com' }, [], 'https://spoke.example.com'],
    [{ name: 'spoke' }, ['prod-hub'], 'spoke'],
    // Argo CD refuses both; the name says more than the server that everybody copies.
    [{ name: 'spoke', server: 'https://kubernetes.default.svc' }, [], 'spoke'],
    [{ server: 'https://kubernetes.default.svc.evil.example' }, [], 'https://kubernetes.default.svc.evil.example'],
    [{ name: 'https://kubernetes.default.svc/x' }, [], 'https://kubernetes.default.svc/x'],
  ] as const) {
    it(`treats ${JSON.stringify(destination)} as another cluster`, () => {
      expect(otherClusterOf(destinationOf({ destination }), own)).to.equal(other);
    });
  }

  it('truncates an over-long server URL to 253 characters', () => {
    expect(otherClusterOf({ server: `https://${'a'.repeat(100_000)}`, name: '' }, [])).to.have.lengthOf(253);
  });

  it('parses the Application name that Argo CD passes to a plugin, with or without a namespace prefix', () => {
    expect(applicationName('tools', 'argocd')).to.deep.equal({ namespace: 'argocd', name: 'tools' });
    expect(applicationName('team-a_tools', 'argocd')).to.deep.equal({ namespace: 'team-a', name: 'tools' });
  });
});
