import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import { startManagedScene } from '../support/managed-scene.ts';
import type { ManagedScene } from '../support/managed-scene.ts';

const lease = { namespace: 'argocd', name: 'dynamic-toolset' };
const policy = {
  apiVersion: 'toolset.kubernaut.ai/v1alpha1',
  kind: 'DiscoveryPolicy',
  spec: { projects: { default: { namespaces: { include: ['*'] } } } },
};

describe('cluster/serve/failures', () => {
  let scene: ManagedScene;
  let serve: Serve | undefined;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    scene = await startManagedScene(async ({ manage }) => {
      await manage('one', {});
    });
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (scene as ManagedScene | undefined)?.stop();
  });

  afterEach(async () => {
    await serve?.stop();
    serve = undefined;
  });

  async function start(flags: readonly string[], kubeconfig?: string): Promise<Serve> {
    serve = await startServe(scene.program, [
      '--kubeconfig',
      kubeconfig ?? (await scene.cluster.kubeconfig()),
      ...flags,
    ]);
    return serve;
  }

  it('loses leadership when another replica takes its Lease, and regains it once that one is gone', async () => {
    const { until } = await start(['--lease', `${lease.namespace}/${lease.name}`]);
    await until('leader-elected');

    const renewTime = new Date().toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: 'another', renewTime, leaseDurationSeconds: 1 };
    const patch = JSON.stringify({ spec });
    const { namespace, name } = lease;
    await scene.cluster.kubectl([
      'patch',
      'lease',
      name,
      '--namespace',
      namespace,
      '--type',
      'merge',
      '--patch',
      patch,
    ]);

    const lost = await until('leader-lost');
    const elected = await until('leader-elected', { identity: lost.identity }, serve!.events.indexOf(lost));
    expect(elected.identity).to.not.equal('another');
  });

  it('names the missing rule for its Lease, and becomes the leader once it is granted', async () => {
    const account = { namespace: 'default', name: 'reader' };
    const group = 'rbac.authorization.k8s.io';
    const resources = ['services', 'namespaces', 'configmaps', 'endpointslices', 'applications'];
    const readers = { apiGroups: ['', 'discovery.k8s.io', 'argoproj.io'], resources, verbs: ['get', 'list', 'watch'] };
    const role = (rules: readonly object[]): Parameters<ManagedScene['cluster']['apply']>[0][number] => ({
      apiVersion: `${group}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'reader' },
      rules,
    });
    await scene.cluster.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
      role([readers]),
      {
        apiVersion: `${group}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'reader' },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'reader' },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
    ]);
    const token = await scene.cluster.serviceAccountToken(account.namespace, account.name);

    const { until } = await start(['--lease', 'argocd/mine'], await scene.cluster.kubeconfig({ token }));
    const failed = await until('lease-failed');
    expect(failed.code).to.equal('CLUSTER_FORBIDDEN');
    const [, rule] = /^add to a Role in namespace argocd .*: (\{.*\})$/.exec(String(failed.hint)) ?? [];
    expect(rule, String(failed.hint)).to.match(/resources: \["leases"\]/);

    const verbs = ['get', 'create', 'update'];
    await scene.cluster.apply([role([readers, { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs }])]);
    await until('leader-elected');
  });

  it('keeps the previous policy when the file becomes invalid, and reports the error', async () => {
    const file = join(scene.cluster.folder, 'policy.json');
    await writeFile(file, JSON.stringify(policy));
    const { until } = await start(['--policy', file, '--resync', '10s']);

    await writeFile(file, '{"kind": "Nonsense"}');

    const failed = await until('policy-failed');
    expect(failed.message).to.include(file);
    expect(serve!.events.filter(({ event }) => event === 'configmap-problem')).to.deep.equal([]);
  });
});
