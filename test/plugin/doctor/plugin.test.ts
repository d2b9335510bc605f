import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Pod } from '../../../plugin/doctor/schemas.ts';
import { checkPlugin, repoServersAmong } from '../../../plugin/doctor/plugin.ts';
import { newerImage } from '../../../plugin/doctor/image-version.ts';
import { workload } from './workload.ts';

const repository = join(import.meta.dirname, '../../..');
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
  it('recognises the repo-server of each way to install Argo CD', () => {
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
      title: 'plain manifests with another name',
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
    it(`adds the sidecar by means of ${title}`, () => {
      const server = workload({ containers: [] }, { metadata: { namespace: 'argocd', ...metadata } });

      expect(checkPlugin('argocd', [server], [], '0.1.0')[0]?.fix).to.deep.equal([fix]);
    });
  }

  it('names the Application that manages the repo-server', () => {
    const annotations = { 'argocd.argoproj.io/tracking-id': 'argo-cd:apps/Deployment:argocd/argocd-repo-server' };
    const server = workload(
      { containers: [] },
      { metadata: { namespace: 'argocd', name: 'argocd-repo-server', annotations } },
    );

    expect(checkPlugin('argocd', [server], [], '0.1.0')[0]).to.include({
      reason: 'SidecarMissing',
      message: 'it has no container dynamic-toolset; it comes from the Application argo-cd: change it in Git as well',
    });
  });

  const states = [
    { title: 'has no Pod', pods: [], reason: 'PodMissing' },
    { title: 'has not started', pods: [pod()], reason: 'SidecarNotStarted' },
    {
      title: 'is not ready',
      pods: [pod({ name: 'dynamic-toolset', ready: false, state: { running: {} } })],
      reason: 'SidecarNotReady',
    },
    {
      title: 'is installed but whose Pods cannot be read',
      pods: null,
      reason: 'SidecarInstalled',
    },
  ];
  for (const { title, pods, reason } of states) {
    it(`reports a sidecar that ${title}`, () => {
      expect(checkPlugin('argocd', [workload(whole)], pods, '0.1.0')[0]?.reason).to.equal(reason);
    });
  }

  const logs = 'kubectl --namespace argocd logs deployment/r --container dynamic-toolset';
  const describeIt = 'kubectl --namespace argocd describe deployment r';
  const running = { name: 'dynamic-toolset', ready: true, state: { running: {} } };
  const reports: readonly (readonly [string, readonly Pod[], object])[] = [
    [
      'waits, with what the kubelet says',
      [pod({ ...running, state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } })],
      {
        reason: 'SidecarWaiting',
        message: 'the container dynamic-toolset is waiting in Pod p: ImagePullBackOff: no such image',
        fix: [logs, describeIt],
      },
    ],
    [
      'waits for a reason without a message',
      [pod({ ...running, state: { waiting: { reason: 'ContainerCreating' } } })],
      {
        reason: 'SidecarWaiting',
        message: 'the container dynamic-toolset is waiting in Pod p: ContainerCreating',
        fix: [logs, describeIt],
      },
    ],
    [
      'ran out of memory before it was started again',
      [pod({ ...running, lastState: { terminated: { reason: 'OOMKilled' } } })],
      {
        reason: 'SidecarOutOfMemory',
        message: 'the container dynamic-toolset ran out of memory in Pod p',
        fix: ['kubectl --namespace argocd set resources deployment/r --containers=dynamic-toolset --limits=memory=2Gi'],
      },
    ],
    [
      'is running and not ready in the second of its Pods',
      [pod(running), pod({ ...running, ready: false })],
      { reason: 'SidecarNotReady', fix: [logs] },
    ],
    [
      'ended',
      [pod({ ...running, state: { terminated: { reason: 'Error', exitCode: 1 } } })],
      { reason: 'SidecarNotReady', fix: [logs] },
    ],
    [
      'was not started beside another container',
      [pod({ ...running, name: 'x' })],
      { reason: 'SidecarNotStarted', fix: [describeIt] },
    ],
    [
      'has only Pods of other workloads',
      [Pod.parse({ metadata: { name: 'o', labels: { app: 'y' } } })],
      { reason: 'PodMissing', fix: [describeIt] },
    ],
    [
      'runs, also again after an error',
      [pod({ ...running, lastState: { terminated: { reason: 'Error' } } })],
      { reason: 'SidecarRunning', status: 'ok' },
    ],
  ];
  for (const [title, pods, check] of reports) {
    it(`says, with the next step, that a sidecar ${title}`, () => {
      const server = workload(whole, { metadata: { namespace: 'argocd', name: 'r' } });

      expect(checkPlugin('argocd', [server], pods, '0.1.0')[0]).to.deep.include({
        subject: 'Deployment argocd/r',
        ...check,
      });
    });
  }

  const gaps: readonly (readonly [string, object, string])[] = [
    ...sidecar.volumeMounts
      .slice(0, 3)
      .map(
        ({ mountPath }, index) =>
          [
            `no mount at ${mountPath}`,
            { ...whole, containers: [{ ...sidecar, volumeMounts: sidecar.volumeMounts.toSpliced(index, 1) }] },
            'VolumeMissing',
          ] as const,
      ),
    ['the token of the Pod', { containers: [sidecar] }, 'TokenShared'],
    [
      'no token',
      { ...whole, containers: [{ ...sidecar, volumeMounts: sidecar.volumeMounts.slice(0, 3) }] },
      'TokenMissing',
    ],
  ];
  for (const [title, spec, reason] of gaps) {
    it(`installs a sidecar with ${title} again`, () => {
      const server = workload(spec, { metadata: { namespace: 'argocd', name: 'argocd-repo-server' } });

      expect(checkPlugin('argocd', [server], [], '0.1.0')[0]).to.deep.include({
        reason,
        fix: [
          'kubectl --namespace argocd patch deployment argocd-repo-server --patch-file manifests/sidecar/patch.yaml',
        ],
      });
    });
  }

  it('takes a container of another name with the image of the plugin for the sidecar, unless one has the name', () => {
    const other = { ...sidecar, name: 'plugin', image: 'a/dynamic-toolset:1.0.0' };
    const reasonOf = (...containers: object[]): string | undefined =>
      checkPlugin('argocd', [workload({ ...whole, containers })], null, '2.0.0')[0]?.reason;

    expect(reasonOf({ name: 'x' }, other)).to.equal('SidecarOutdated');
    expect(reasonOf(other, sidecar)).to.equal('SidecarInstalled');
  });

  it('takes only Pods with all labels of the selector', () => {
    const server = workload(whole);
    const both = { ...server, spec: { ...server.spec, selector: { matchLabels: { app: 'x', tier: 'y' } } } };

    expect(checkPlugin('argocd', [both], [pod(running)], '0.1.0')[0]?.reason).to.equal('PodMissing');
  });

  it('says how to find Argo CD where there is no repo-server', () => {
    expect(checkPlugin('cd', [], [], '0.1.0')).to.have.length(1);
    expect(checkPlugin('cd', [], [], '0.1.0')[0]).to.deep.include({
      reason: 'RepoServerNotFound',
      subject: 'Namespace cd',
      fix: ['kubectl get deployments --all-namespaces --selector app.kubernetes.io/component=repo-server'],
    });
  });

  it('reports a sidecar of an older version, and keeps its registry', () => {
    const image = 'registry.example.com:5000/tools/dynamic-toolset:v0.9.2';
    const old = workload(
      { ...whole, containers: [{ ...sidecar, image }] },
      { metadata: { namespace: 'argocd', name: 'r' } },
    );

    expect(checkPlugin('argocd', [old], null, '0.10.0')[0]).to.deep.include({
      reason: 'SidecarOutdated',
      message: `the container dynamic-toolset runs ${image}, which is older than 0.10.0, the newest of sidecar, serve and this doctor`,
      fix: [
        'kubectl --namespace argocd set image deployment/r dynamic-toolset=registry.example.com:5000/tools/dynamic-toolset:v0.10.0',
      ],
    });
    expect(checkPlugin('argocd', [old], null, '0.9.2')[0]?.reason).to.equal('SidecarInstalled');
  });

  const managed = [
    {
      title: 'the Helm chart',
      metadata: { name: 'r', labels: { 'helm.sh/chart': 'argo-cd-9.0.0', 'app.kubernetes.io/instance': 'cd' } },
      ending: 'helm upgrade cd argo/argo-cd --namespace argocd --reuse-values --values -',
    },
    {
      title: 'the operator',
      metadata: { name: 'r', ownerReferences: [{ kind: 'ArgoCD', name: 'gitops' }] },
      ending: 'kubectl --namespace argocd patch argocd gitops --type merge --patch-file /dev/stdin',
    },
  ];
  for (const { title, metadata, ending } of managed) {
    it(`updates the sidecar image by means of ${title}, so that the change is not reverted`, () => {
      const containers = [{ ...sidecar, image: 'registry.example.com/dynamic-toolset:v0.9.2' }];
      const old = workload({ ...whole, containers }, { metadata: { namespace: 'argocd', ...metadata } });

      const [command = '', last] = checkPlugin('argocd', [old], null, '0.10.0')[0]?.fix[0]?.split(' | ') ?? [];
      const piped = execFileSync('sh', ['-c', command], { cwd: repository, encoding: 'utf8' });

      expect(last).to.equal(ending);
      expect(piped.match(/image: .*/g)).to.deep.equal(['image: registry.example.com/dynamic-toolset:v0.10.0']);
    });
  }

  it('does not treat a tag as an older version when it is not one', () => {
    const tags = ['latest', '0.1.0-rc.1', '1.0.0', 'sha-0.0.1', '2'];

    expect(tags.map((tag) => newerImage(`a/dynamic-toolset:${tag}`, '0.2.0'))).to.deep.equal(tags.map(() => null));
    expect(newerImage('other:0.1.0', '0.2.0')).to.equal(null);
    expect(newerImage('dynamic-toolset@sha256:0.1.0', '0.2.0')).to.equal(null);
  });

  it('reports a Pod that still runs the old image after a rollout, and ignores a terminating one', () => {
    const server = workload({ ...whole, containers: [{ ...sidecar, image: 'dynamic-toolset:b' }] });
    const old = {
      ...pod(running),
      spec: { containers: [{ ...server.spec.template.spec.containers[0]!, image: 'dynamic-toolset:a' }] },
    };
    const ending = { ...old, metadata: { ...old.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };

    expect(checkPlugin('argocd', [server], [old], '0.1.0')[0]).to.deep.include({
      reason: 'PodOutdated',
      message: 'Pod p runs dynamic-toolset:a, not dynamic-toolset:b as the Deployment says',
      fix: [
        'kubectl --namespace holmesgpt rollout restart deployment/holmesgpt-holmes',
        'kubectl --namespace holmesgpt describe deployment holmesgpt-holmes',
      ],
    });
    expect(checkPlugin('argocd', [server], [ending, pod(running)], '0.1.0')[0]?.reason).to.equal('SidecarRunning');
  });
});
