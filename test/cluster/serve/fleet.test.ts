import { expect } from 'chai';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools, startCluster } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { applicationDefinition, projectDefinition } from '../support/caches.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

describe('cluster/serve/fleet: a ConfigMap of several clusters', () => {
  let hub: Cluster;
  let far: Cluster;
  let program: Program;
  let flags: readonly string[];
  let serve: Serve | undefined;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    hub = await acquireCluster();
    // It is stopped.
    far = await startCluster();
    program = await buildProgram(hub.folder);
    const clusters = await mkdtemp(join(hub.folder, 'clusters-'));
    const metadata = { namespace: 'argocd', name: 'default' };
    const permitted = { destinations: [{ server: '*', namespace: '*' }], sourceRepos: ['*'] };
    await hub.apply([applicationDefinition, projectDefinition, ...backend('hub-only', 9090)]);
    await hub.kubectl(['wait', '--for=condition=Established', 'crd/appprojects.argoproj.io']);
    await hub.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec: permitted }]);
    await far.apply(backend('far-only', 9090));
    await writeFile(join(clusters, 'far.yaml'), kubeconfigOf(far));
    flags = ['--kubeconfig', await hub.kubeconfig(), '--clusters', clusters, '--allow-any-cluster'];
    await hub.apply([await manifest()]);
    await hub.apply([applicationOf('fleet', await manifest())]);
    serve = await startServe(program, [...flags, '--metrics-access', 'anonymous', '--resync', '10s']);
  });

  after(async () => {
    await serve?.stop();
    // Unset when the suite was skipped.
    for (const cluster of [hub, far] as (Cluster | undefined)[]) await cluster?.stop();
  });

  it('is up to date where the clusters say what it says', async () => {
    await untilUpToDate();

    expect(serve!.events.filter(({ event }) => event === 'refresh-requested')).to.deep.equal([]);
  });

  it('is left as it is while one of the clusters is away, and refreshed for a change in another one and in that one', async () => {
    await untilUpToDate();
    await far.stopApiServer();
    await untilWarned();
    expect(serve!.events.filter(({ event }) => event === 'refresh-requested')).to.deep.equal([]);

    let from = serve!.events.length;
    await hub.apply(backend('tempo', 3200, 'tracing'));
    await serve!.until('refresh-requested', { application: 'argocd/fleet' }, from);
    await regenerate();
    await untilUpToDate();

    await far.startApiServer();
    from = serve!.events.length;
    await far.apply(backend('loki', 3100, 'logging'));
    await serve!.until('refresh-requested', { application: 'argocd/fleet' }, from);
  });

  async function manifest(): Promise<KubeObject> {
    const path = await gitFolder(hub.folder, {
      'toolset.yaml': toolsetYaml({
        clusters: ['*'],
        health: { check: 'readiness' },
        target: { urls: 'https://gateway.example.com/${cluster}/${namespace}/${name}' },
      }),
    });
    const result = await program.run(['generate', '--path', path, ...flags]);
    return parse(outputOf(result, 'CLUSTER_UNREAD')) as KubeObject;
  }

  /** As Argo CD does it. */
  async function regenerate(): Promise<void> {
    await hub.apply([await manifest()]);
    const path = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/fleet';
    const annotations = { 'argocd.argoproj.io/refresh': null };
    await hub.request('PATCH', path, { metadata: { annotations } }, { contentType: 'application/merge-patch+json' });
  }

  async function untilUpToDate(): Promise<void> {
    await until((metrics) => metrics.includes('toolset_configmaps{state="up-to-date"} 1'));
  }

  async function untilWarned(): Promise<void> {
    await until((metrics) => /^toolset_configmap_warnings\{[^}]*CLUSTER_UNREAD[^}]*\} 1$/m.test(metrics));
  }

  async function until(holds: (metrics: string) => boolean): Promise<void> {
    for (;;) {
      const metrics = await (await fetch(`${serve!.url}/metrics`)).text();
      if (holds(metrics)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});

function kubeconfigOf({ url, ca, adminToken }: Cluster): string {
  return JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      { name: 'c', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'u', user: { token: adminToken } }],
  });
}

function backend(name: string, port: number, namespace = 'monitoring'): KubeObject[] {
  const product = { 9090: 'prometheus', 3100: 'loki', 3200: 'tempo' }[port];
  return [service(namespace, name, port, product), endpointSlice(namespace, name, { ready: 1 })];
}
