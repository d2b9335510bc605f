import { expect } from 'chai';
import { service } from '../cluster/backends.ts';
import { toolsetYaml } from '../cluster/program.ts';
import { hasArgoCd, startArgoCd } from './argo-cd.ts';
import type { ArgoCd } from './argo-cd.ts';

describe('e2e/first sync', () => {
  let argoCd: ArgoCd;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd();
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  it('creates the ConfigMap; the Application is Synced and Healthy', async () => {
    await argoCd.cluster.apply([service('monitoring', 'prometheus', 9090)]);
    await argoCd.repository.commit({ 'first/toolset.yaml': toolsetYaml({ health: { check: 'none' } }) });

    await argoCd.applications.create('first', { path: 'first' });

    const { status } = await argoCd.applications.untilSynced('first');
    const path = '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap';
    const answer = await argoCd.cluster.request('GET', path);
    expect(status?.conditions ?? []).to.deep.equal([]);
    expect(answer.status).to.equal(200);
    expect(JSON.stringify(answer.body)).to.include('http://prometheus.monitoring.svc.cluster.local:9090');
  });
});
