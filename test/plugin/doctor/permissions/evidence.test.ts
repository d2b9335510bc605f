import { expect } from 'chai';
import { checkEvidence, evidenceRights } from '../../../../plugin/doctor/permissions/evidence.ts';

const account = { namespace: 'argocd', name: 'repo' };
const groups = new Set(['tempo.grafana.com', 'example.com']);

describe('plugin/doctor/permissions/evidence', () => {
  it('checks access to Pods and the served custom resources in each namespace that is read', () => {
    const asked = (scope: 'cluster' | readonly string[]): string[] =>
      evidenceRights(scope, groups).map(({ verb, group, resource, namespace }) =>
        [verb, `${resource}.${group}`, namespace ?? '*'].join(' '),
      );

    expect(asked('cluster').sort()).to.deep.equal([
      'get pods. *',
      'get tempomonolithics.tempo.grafana.com *',
      'get tempostacks.tempo.grafana.com *',
    ]);
    expect(asked(['a', 'b']).filter((one) => one.startsWith('get pods.'))).to.deep.equal([
      'get pods. a',
      'get pods. b',
    ]);
  });

  it('reports what the account may get, and nothing that was not checked', () => {
    const check = checkEvidence(account, evidenceRights('cluster', new Set()), []);

    expect(check).to.deep.include({
      reason: 'EvidenceReadable',
      status: 'ok',
      subject: 'ServiceAccount argocd/repo',
      message: 'it may get pods in all namespaces',
      fix: [],
    });
  });

  it('reports what the account may not get, and binds the role for both the plugin and serve', () => {
    const asked = evidenceRights('cluster', groups);
    const { reason, status, message, fix } = checkEvidence(account, asked, asked.slice(1));

    expect({ reason, status }).to.deep.equal({ reason: 'EvidenceForbidden', status: 'problem' });
    expect(message).to.match(
      /^it may not get tempomonolithics\.tempo\.grafana\.com, tempostacks\.tempo\.grafana\.com in all namespaces: .*spec\.discovery\.evidence: off/,
    );
    expect(fix).to.deep.equal([
      'kubectl apply --filename=manifests/rbac/evidence/cluster-role.yaml',
      'kubectl create clusterrolebinding dynamic-toolset-evidence-granted --clusterrole=dynamic-toolset-evidence --serviceaccount=argocd:repo --serviceaccount=dynamic-toolset:dynamic-toolset-serve --dry-run=client --output=yaml | kubectl apply --filename=-',
    ]);
  });

  it('grants access only in the namespaces that were checked', () => {
    const asked = evidenceRights(['d', 'c', 'b', 'a'], new Set());
    const { message, fix } = checkEvidence(account, asked, asked);

    expect(message).to.match(/^it may not get pods in namespace a, b, c, and 1 more: /);
    expect(fix.filter((command) => command.includes('cluster'))).to.deep.equal([]);
    expect(fix.map((command) => /(apply|rolebinding \S+) (--namespace=\S+)/.exec(command)?.slice(1))).to.deep.equal(
      ['a', 'b', 'c', 'd'].flatMap((namespace) => [
        ['apply', `--namespace=${namespace}`],
        ['rolebinding dynamic-toolset-evidence-granted', `--namespace=${namespace}`],
      ]),
    );
  });
});
