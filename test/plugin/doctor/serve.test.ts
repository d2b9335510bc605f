import { expect } from 'chai';
import { checkServe } from '../../../plugin/doctor/serve.ts';
import type { Workload } from '../../../plugin/doctor/schemas.ts';
import { workload } from './workload.ts';

describe('plugin/doctor/serve', () => {
  const metadata = { namespace: 'dynamic-toolset', name: 'serve' };

  function deployment(image: string, availableReplicas: number, annotations: object = {}): Workload {
    const containers = [
      { name: 'proxy', image: 'proxy:1' },
      { name: 'serve', image },
    ];
    return { ...workload({ containers }, { metadata: { ...metadata, annotations } }), status: { availableReplicas } };
  }

  it('reports that serve is not installed, with the command that installs it', () => {
    const [check, ...others] = checkServe([], '1.2.0');

    expect(others).to.deep.equal([]);
    expect(check).to.deep.include({
      reason: 'ServeNotInstalled',
      subject: 'dynamic-toolset serve',
      fix: ['kubectl apply --kustomize manifests/serve/kubernetes'],
    });
  });

  it('reports a ready Deployment of the same or a newer version as running', () => {
    for (const image of ['dynamic-toolset:1.2.0', 'dynamic-toolset:v1.3.0', 'mirror/other:latest']) {
      const checks = checkServe([deployment(image, 1)], '1.2.0');

      expect(checks.map(({ reason, subject }) => [reason, subject])).to.deep.equal([
        ['ServeRunning', 'Deployment dynamic-toolset/serve'],
      ]);
    }
  });

  it('reports an older image, with the command that sets the newer one and what manages the Deployment', () => {
    const release = { 'meta.helm.sh/release-name': 'toolsets' };

    for (const available of [0, 1]) {
      const [check] = checkServe([deployment('registry.example/dynamic-toolset:1.1.9', available, release)], '1.2.0');

      expect(check).to.deep.include({
        reason: 'ServeOutdated',
        subject: 'Deployment dynamic-toolset/serve',
        fix: [
          'kubectl --namespace dynamic-toolset set image deployment/serve serve=registry.example/dynamic-toolset:1.2.0',
        ],
      });
      expect(check?.message)
        .to.include('it runs registry.example/dynamic-toolset:1.1.9')
        .and.include('comes from the Helm release toolsets');
    }
  });

  it('reports a Deployment without a ready Pod, with the commands that show why', () => {
    expect(checkServe([deployment('dynamic-toolset:1.2.0', 0)], '1.2.0')[0]).to.deep.include({
      reason: 'ServeNotReady',
      subject: 'Deployment dynamic-toolset/serve',
      fix: [
        'kubectl --namespace dynamic-toolset describe deployment serve',
        'kubectl --namespace dynamic-toolset logs deployment/serve',
      ],
    });
  });

  it('reports each of several Deployments', () => {
    const several = [deployment('dynamic-toolset:1.2.0', 1), deployment('dynamic-toolset:1.2.0', 0)];

    expect(checkServe(several, '1.2.0').map(({ reason }) => reason)).to.deep.equal(['ServeRunning', 'ServeNotReady']);
  });
});
