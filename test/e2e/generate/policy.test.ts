import { expect } from 'chai';
import { service } from '../../cluster/support/backends.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const everything = [{ name: 'discovery.namespaces.include', array: ['*'] }];

/** What `team-a` may see; the project `default`, which every Argo CD has, may see nothing. */
const policy = `apiVersion: toolset.kubernaut.ai/v1alpha1
kind: DiscoveryPolicy
spec: {projects: {team-a: {namespaces: {include: [tenant-backends]}}}}
`;

describe('e2e/generate/policy', () => {
  let argoCd: ArgoCd;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd({ sidecar: { policy } });
    const project = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { namespace: 'argocd', name: 'team-a' },
      spec: { sourceRepos: ['*'], destinations: [{ namespace: '*', server: '*' }] },
    };
    await argoCd.cluster.apply([project, service('monitoring', 'loki', 3100)]);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  it('limits a project to its own namespaces, whatever Git and the Application request', async () => {
    const scene = await opened('tenant', { discovery: { namespaces: { include: ['*'] } } });

    await scene.create({ project: 'team-a', parameters: everything });
    await scene.untilSynced();

    expect(Object.keys(await scene.toolsets())).to.deep.equal(['kubernetes/core', 'prometheus/metrics']);
  });

  it('denies a project without a rule, and reports that in the Application', async () => {
    const scene = await opened('other');

    await scene.create({ project: 'default', parameters: everything });
    const { status } = await scene.until('refused', ({ status: now }) => (now?.conditions ?? []).length > 0);

    expect(status?.conditions?.[0]?.message)
      .to.include('POLICY_DENIED')
      .and.include('the policy has no rule for the Argo CD project "default"');
    expect(await scene.configMap()).to.equal(null);
  });

  async function opened(name: string, spec: object = {}): Promise<Scene> {
    const scene = await openScene(argoCd, name, spec);
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
    return scene;
  }
});
