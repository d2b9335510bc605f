import { expect } from 'chai';
import { Pod } from '../../../plugin/doctor/schemas.ts';
import { checkPlugin, repoServersAmong } from '../../../plugin/doctor/plugin.ts';
import { workload } from './workload.ts';

const sidecar = {
  name: 'dynamic-toolset',
  volumeMounts: [
    '/var/run/argocd',
    '/home/argocd/cmp-server/plugins',
    '/tmp',
    '/var/run/secrets/kubernetes.io/serviceaccount',
  ].map((mountPath) => ({ name: 'x', mountPath })),
};
const whole = { automountServiceAccountToken: false, containers: [sidecar] };

function pod(...containerStatuses: readonly object[]): Pod {
  return Pod.parse({
    metadata: { namespace: 'argocd', name: 'p', labels: { app: 'x' } },
    status: { containerStatuses },
  });
}

describe('plugin/doctor/plugin', () => {
  it('knows the repo-server of each way to install Argo CD', () => {
    const names = ['argocd-repo-server', 'openshift-gitops-repo-server', 'argocd-server'];
    const plain = names.map((name) => workload({}, { metadata: { name } }));
    const labelled = workload(
      {},
      { metadata: { name: 'x', labels: { 'app.kubernetes.io/component': 'repo-server' } } },
    );

    expect(repoServersAmong([...plain, labelled]).map(({ metadata }) => metadata.name)).to.deep.equal([
      'argocd-repo-server',
      'openshift-gitops-repo-server',
      'x',
    ]);
  });

  const installations = [
    {
      title: 'plain manifests',
      metadata: { name: 'argocd-repo-server' },
      fix: 'kubectl --namespace argocd patch deployment argocd-repo-server --patch-file manifests/sidecar/patch.yaml',
    },
    {
      title: 'plain manifests of another name',
      metadata: { name: 'my-repo-server' },
      fix: `kubectl --namespace argocd patch deployment my-repo-server --patch "$(sed 's/^  name: .*/  name: my-repo-server/' manifests/sidecar/patch.yaml)"`,
    },
    {
      title: 'the Helm chart',
      metadata: {
        name: 'cd-argocd-repo-server',
        labels: { 'helm.sh/chart': 'argo-cd-9.0.0', 'app.kubernetes.io/instance': 'cd' },
      },
      fix: 'helm upgrade cd argo/argo-cd --namespace argocd --reuse-values --values manifests/helm/argo-cd.yaml',
    },
    {
      title: 'the operator',
      metadata: {
        name: 'openshift-gitops-repo-server',
        ownerReferences: [{ kind: 'ArgoCD', name: 'openshift-gitops' }],
      },
      fix: 'kubectl --namespace argocd patch argocd openshift-gitops --type merge --patch-file manifests/argocd-operator/argocd.yaml',
    },
  ];
  for (const { title, metadata, fix } of installations) {
    it(`adds the sidecar in the way of ${title}`, () => {
      const server = workload({ containers: [] }, { metadata: { namespace: 'argocd', ...metadata } });

      expect(checkPlugin('argocd', [server], [])[0]?.fix).to.deep.equal([fix]);
    });
  }

  it('names the Application that the repo-server comes from', () => {
    const annotations = { 'argocd.argoproj.io/tracking-id': 'argo-cd:apps/Deployment:argocd/argocd-repo-server' };
    const server = workload(
      { containers: [] },
      { metadata: { namespace: 'argocd', name: 'argocd-repo-server', annotations } },
    );

    expect(checkPlugin('argocd', [server], [])[0]).to.include({
      reason: 'SidecarMissing',
      message: 'it has no container dynamic-toolset; it comes from the Application argo-cd: change it in Git as well',
    });
  });

  const states = [
    { title: 'has no Pod', pods: [], reason: 'PodMissing' },
    { title: 'was not started', pods: [pod()], reason: 'SidecarNotStarted' },
    {
      title: 'is not ready',
      pods: [pod({ name: 'dynamic-toolset', ready: false, state: { running: {} } })],
      reason: 'SidecarNotReady',
    },
    {
      title: 'may not be seen',
      pods: null,
      reason: 'SidecarInstalled',
    },
  ];
  for (const { title, pods, reason } of states) {
    it(`finds a sidecar that ${title}`, () => {
      expect(checkPlugin('argocd', [workload(whole)], pods)[0]?.reason).to.equal(reason);
    });
  }
});
