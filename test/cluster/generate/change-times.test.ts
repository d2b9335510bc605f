import { expect } from 'chai';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { explainedService } from '../support/explained.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, gitFolder, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

const dayMs = 24 * 3_600_000;

/** Since when an admitted backend is unready, as its EndpointSlice says and as the API server saw it. */
describe('cluster/generate/change-times', () => {
  let cluster: Cluster;
  let program: Program;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  /** The decision about an unready backend that is in the ConfigMap; `changed` is what its author writes. */
  async function decided(evictAfter: string, changed?: Date): Promise<string> {
    const [namespace, name] = ['tenant', 'prometheus'];
    const settings = toolsetYaml({ health: { check: 'readiness', evictAfter } });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    const sources = `prometheus/metrics:\n  ${namespace}/${name} http://prometheus.tenant.svc.cluster.local:9090`;
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } },
      service(namespace, name, 9090),
      endpointSlice(namespace, name, { notReady: 1, ...(changed ? { changed } : {}) }),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          namespace: 'holmesgpt',
          name: 'custom-toolsets-configmap',
          annotations: { 'kubernaut.io/toolset-sources': sources },
        },
      },
    ]);
    const args = ['--path', folder, '--kubeconfig', await cluster.kubeconfig()];
    const { decision, reason } = await explainedService(program, args, `${namespace}/${name}`);
    return `${decision}: ${reason}`;
  }

  for (const [title, changed] of [
    ['a time in the future', new Date(Date.now() + dayMs)],
    ['no time', undefined],
  ] as const) {
    it(`counts from when the API server saw the slice written where it says ${title}`, async () => {
      expect(await decided('10m', changed)).to.equal('selected: UnreadyRecently');
      expect(await decided('0s', changed)).to.equal('unhealthy: UnreadyTooLong');
    });
  }

  it('counts from the time of the slice where that is earlier', async () => {
    expect(await decided('10m', new Date(Date.now() - dayMs))).to.equal('unhealthy: UnreadyTooLong');
  });
});
