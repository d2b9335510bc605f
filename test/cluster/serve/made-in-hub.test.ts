import { expect } from 'chai';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Serve } from '../../e2e/support/serve.ts';
import { ask } from '../../support/ask.ts';
import { realPart } from '../../support/real-part.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applications, backend, hubScene } from '../support/hub-scene.ts';
import type { HubScene } from '../support/hub-scene.ts';
import { tokenFor } from '../support/managed-scene.ts';

const api = { nonResourceURLs: ['/dynamic-toolset/api/*'], verbs: ['get'] };
const spokeToo = { nonResourceURLs: ['/dynamic-toolset/clusters/spoke'], verbs: ['get'] };

describe('cluster/serve/made-in-hub: ConfigMaps in the hub that are made of another cluster', () => {
  let scene: HubScene;
  let hub: Cluster;
  let spoke: Cluster;
  let serve: Serve;
  const inHub = { server: 'https://kubernetes.default.svc' };
  const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    scene = await hubScene();
    hub = scene.hub;
    // It is stopped.
    spoke = await acquireCluster();
    await hub.apply(backend('hub-only', 9090));
    await spoke.apply(backend('prometheus', 9090));
    await scene.admit('spoke', spoke, spoke.adminToken);
    const target = { configMap: { name: 'gateway', namespace: 'holmesgpt' }, urls };
    await scene.manage('gateway', { applied: hub, destination: inHub, spec: { cluster: 'spoke', target } });
    await scene.manage('own', { applied: hub, destination: inHub, spec: { cluster: 'in-cluster' } });
    serve = await scene.start(['--metrics-access', 'anonymous']);
    await serve.until('cluster-readable', { cluster: 'spoke' });
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (serve as Serve | undefined)?.stop();
    for (const cluster of [hub, spoke] as (Cluster | undefined)[]) await cluster?.stop();
  });

  it('is up to date with what generate printed, and counts as a ConfigMap of the hub', async () => {
    const metrics = async (): Promise<string> => (await fetch(`${serve.url}/metrics`)).text();
    await until('both are evaluated', async () =>
      (await metrics()).includes('toolset_configmaps{state="up-to-date"} 2'),
    );

    const labels = 'dest_cluster="in-cluster",namespace="holmesgpt",name="gateway",application="argocd/gateway"';
    expect(await metrics()).to.include(`toolset_configmap_problem{${labels}} 0`);
    expect(serve.events.filter(({ event }) => event === 'configmap-problem' || event === 'bug')).to.deep.equal([]);
  });

  it('follows the Services of that cluster, and not those of the hub', async () => {
    const from = serve.events.length;
    await hub.apply(backend('tempo', 3200, 'tracing'));
    await serve.until('refresh-requested', { application: 'argocd/own' }, from);
    expect(await scene.refreshOf('gateway')).to.equal(undefined);

    await spoke.apply(backend('loki', 3100, 'logging'));
    const asked = await serve.until('refresh-requested', { application: 'argocd/gateway' }, from);

    expect(asked).to.include({ configMap: 'holmesgpt/gateway', cause: 'services', result: 'accepted' });
    expect(await scene.refreshOf('gateway')).to.equal('hard');
  });

  it('shows it and its sources only to those who may see that cluster', async () => {
    const [some, all] = [await tokenFor(hub, 'some', [api]), await tokenFor(hub, 'all', [api, spokeToo])];
    const text = async (path: string, token: string): Promise<string> =>
      (await ask(`${serve.url}/api/v1/${path}`, { token })).text;

    for (const path of ['applications', 'configmaps', 'toolsets', 'services', 'applications?cluster=*']) {
      expect(await text(path, some), path)
        .to.include('holmesgpt/own')
        .and.not.include('gateway')
        .and.not.include('loki');
      expect(await text(path, all), path)
        .to.include('holmesgpt/gateway')
        .and.include('"in-cluster"');
    }
    const explained = 'explain?configMap=holmesgpt/gateway';
    expect(await text(explained, all))
      .to.include('"loki"')
      .and.not.include('tempo');
    expect(await text(explained, some))
      .to.include('"total":0')
      .and.not.include('loki');
  });

  it('leaves it unchanged while that cluster is unreachable, and catches up', async () => {
    const from = serve.events.length;
    await spoke.stopApiServer();
    await serve.until('cluster-unreadable', { cluster: 'spoke' }, from);
    await forgetRefresh();
    await hub.apply(backend('jaeger', 16686, 'tracing'));
    expect(serve.about('gateway', from).filter(({ event }) => event === 'refresh-requested')).to.deep.equal([]);

    await spoke.startApiServer();
    await serve.until('cluster-readable', { cluster: 'spoke' }, from);
    await serve.until('refresh-requested', { application: 'argocd/gateway' }, from);
  });

  it('reopens the cluster when its access is lost and restored, and follows it again', async () => {
    const from = serve.events.length;
    const file = join(scene.clusters, 'spoke.yaml');
    await rename(file, `${file}.gone`);
    // The access is read again with the next request there.
    await spoke.stopApiServer();
    await spoke.startApiServer();
    await serve.until('cluster-failed', { cluster: 'spoke', code: 'CLUSTER_UNKNOWN' }, from);
    await forgetRefresh();

    await rename(`${file}.gone`, file);
    await serve.until('cluster-readable', { cluster: 'spoke' }, from);
    await spoke.apply(backend('tempo', 3200, 'tracing'));
    const asked = await serve.until('refresh-requested', { application: 'argocd/gateway' }, from);
    expect(asked).to.include({ configMap: 'holmesgpt/gateway' });
  });

  it('closes the cluster when the Application is deleted', async () => {
    const from = serve.events.length;

    await hub.request('DELETE', `${applications}/gateway`);

    await serve.until('cluster-closed', { cluster: 'spoke' }, from);
  });

  /** What Argo CD does when it has generated. */
  async function forgetRefresh(): Promise<void> {
    const change = { metadata: { annotations: { 'argocd.argoproj.io/refresh': null } } };
    const contentType = 'application/merge-patch+json';
    await hub.request('PATCH', `${applications}/gateway`, change, { contentType });
  }
});
