import { expect } from 'chai';
import {
  atCluster,
  helmReleaseOf,
  managerOf,
  patchFile,
  setImage,
  syncCommand,
} from '../../../plugin/doctor/fix-commands.ts';
import type { Workload } from '../../../plugin/doctor/schemas.ts';
import { workload } from './workload.ts';

const release = { 'meta.helm.sh/release-name': 'argo' };
const chart = { 'helm.sh/chart': 'argo-cd-9.0.0' };
const rendered = { ...chart, 'app.kubernetes.io/instance': 'cd' };
const tracked = { 'argocd.argoproj.io/tracking-id': 'platform:apps/Deployment:holmesgpt/x' };
const ownerReferences = [
  { kind: 'Team', name: 'a' },
  { kind: 'ArgoCD', name: 'main' },
];

describe('plugin/doctor/fix-commands', () => {
  const managed: readonly (readonly [string, object, ReturnType<typeof managerOf>])[] = [
    [
      'an Application, even of what Helm installed',
      { annotations: { ...release, ...tracked } },
      { kind: 'Application', name: 'platform' },
    ],
    [
      'the operator, even with labels of a chart',
      { ownerReferences, labels: rendered },
      { kind: 'ArgoCD', name: 'main' },
    ],
    ['a Helm release', { annotations: release, labels: rendered }, { kind: 'Helm release', name: 'argo' }],
    ['the release that a chart was rendered for', { labels: rendered }, { kind: 'Helm release', name: 'cd' }],
    ['nothing, without a label of the release', { labels: chart }, null],
    ['nothing, without a chart', { labels: { 'app.kubernetes.io/instance': 'cd' } }, null],
  ];
  for (const [title, metadata, manager] of managed) {
    it(`finds that a workload is managed by ${title}`, () => {
      expect(managerOf(workload({}, { metadata }))).to.deep.equal(manager);
    });
  }

  it('takes the annotation of a release before labels', () => {
    const { metadata }: Workload = workload({}, { metadata: { annotations: release, labels: rendered } });

    expect(helmReleaseOf(metadata)).to.equal('argo');
  });

  it('names the kind, the namespace and the container of an image', () => {
    const deployment = workload({}, { kind: 'StatefulSet' });

    expect(setImage(deployment, { name: 'a b', image: '', env: [], volumeMounts: [] }, 'x:1')).to.equal(
      "kubectl --namespace holmesgpt set image statefulset/holmesgpt-holmes 'a b=x:1'",
    );
  });

  it('applies a file as it is, or under the name of the workload', () => {
    expect(patchFile('a.yaml', 'same', 'same')).to.equal('--patch-file a.yaml');
    expect(patchFile('a.yaml', 'other', 'own')).to.equal(`--patch "$(sed 's/^  name: .*/  name: own/' a.yaml)"`);
  });

  it('syncs an Application by an operation', () => {
    expect(syncCommand({ namespace: 'argocd', name: 'a' })).to.equal(
      `kubectl --namespace argocd patch application a --type merge --patch '{"operation":{"sync":{}}}'`,
    );
  });

  it('adds only what was named of the cluster', () => {
    const command = 'kubectl get pods';

    expect(atCluster(command, { kubeconfig: 'a', context: undefined })).to.equal('kubectl --kubeconfig a get pods');
    expect(atCluster(command, { kubeconfig: undefined, context: 'b' })).to.equal('kubectl --context b get pods');
  });
});
