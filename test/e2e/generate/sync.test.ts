import { expect } from 'chai';
import { serveHttpAt } from '../support/backend.ts';
import { service } from '../../cluster/support/backends.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { configMapKey, configMapName, openScene, toolsetsIn } from '../support/scene.ts';
import type { LiveConfigMap, Scene } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

/** Not 9090: a Prometheus of this machine may listen there on all addresses. */
const port = 19_090;

describe('e2e/generate/sync', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  it('creates the ConfigMap from a folder without settings with the first sync, Synced and Healthy', async () => {
    const [created] = await argoCd.cluster.apply([service('monitoring', 'prometheus', port)]);
    const backend = await serveHttpAt(clusterIp(created!), port, '{"status":"success","data":{"version":"3.0.0"}}');
    const revision = await argoCd.repository.commit({ 'plain/README.md': 'Every setting has its default.' });

    try {
      await argoCd.applications.create('plain', { path: 'plain' });
      const { status } = await argoCd.applications.untilSynced('plain', revision);

      const path = `/api/v1/namespaces/holmesgpt/configmaps/${configMapName}`;
      const live = (await argoCd.cluster.request('GET', path)).body as LiveConfigMap;
      expect(status?.conditions ?? []).to.deep.equal([]);
      expect(status?.resources).to.have.length(1);
      expect(toolsetsIn(live)).to.have.nested.property(
        'prometheus/metrics.config.prometheus_url',
        `http://prometheus.monitoring.svc.cluster.local:${port}`,
      );
    } finally {
      await backend.stop();
    }
  });

  it('adds a new Service and removes a deleted one after a hard refresh', async () => {
    const scene = await syncedScene('following');

    await argoCd.cluster.apply([service(scene.backends, 'loki', 3100)]);
    await scene.refresh('hard');
    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
    const entered = await scene.untilSynced();
    await argoCd.cluster.kubectl(['-n', scene.backends, 'delete', 'service', 'loki']);
    await scene.refresh('hard');
    await scene.sync();

    expect(entered.status?.conditions ?? []).to.deep.equal([]);
    expect(Object.keys(await scene.toolsets())).to.deep.equal(['kubernetes/core', 'prometheus/metrics']);
  });

  it('applies a commit to overrides.yaml', async () => {
    const scene = await syncedScene('overridden');

    const config = { query_timeout_seconds_default: 30 };
    const revision = await scene.commit({ 'overrides.yaml': { toolsets: { 'prometheus/metrics': { config } } } });
    await scene.refresh('normal');
    await scene.untilSynced(revision);

    expect(await scene.toolsets()).to.have.nested.property(
      'prometheus/metrics.config.query_timeout_seconds_default',
      30,
    );
  });

  it('applies a commit to a base only if manifest-generate-paths names its folder', async () => {
    const scene = await openScene(argoCd, 'paths', { overrides: { files: ['../paths-base/overrides.yaml'] } });
    const base = (timeout: number): Promise<string> => {
      const config = { query_timeout_seconds_default: timeout };
      const content = { toolsets: { 'prometheus/metrics': { config } } };
      return argoCd.repository.commit({ 'paths-base/overrides.yaml': content });
    };
    const timeout = async (): Promise<unknown> =>
      ((await scene.toolsets())['prometheus/metrics'] as Configured).config.query_timeout_seconds_default;
    const name = (paths: string): Promise<string> => {
      const patch = JSON.stringify({
        metadata: { annotations: { 'argocd.argoproj.io/manifest-generate-paths': paths } },
      });
      return argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'application', 'paths', '--type=merge', '-p', patch]);
    };
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
    await base(10);
    await scene.create();
    await scene.untilSynced();

    await name('.');
    const passedOver = await base(20);
    await scene.refresh('normal');
    await scene.untilSynced(passedOver);
    const kept = await timeout();
    await name('.;../paths-base');
    const applied = await base(30);
    await scene.refresh('normal');
    await scene.untilSynced(applied);

    expect(kept).to.equal(10);
    expect(await timeout()).to.equal(30);
  });

  it('restores a ConfigMap that was deleted by hand', async () => {
    const scene = await syncedScene('deleted');
    const before = await scene.configMap();

    await argoCd.cluster.kubectl(['-n', scene.name, 'delete', 'configmap', configMapName]);
    const after = await scene.untilConfigMap('there', (live) => live?.metadata.uid !== before?.metadata.uid);

    expect(after.data).to.deep.equal(before?.data);
    expect((await scene.untilSynced()).status?.health?.status).to.equal('Healthy');
  });

  it('keeps the ConfigMap, with only kubernetes/core, when the last backend is deleted, with prune on', async () => {
    const scene = await syncedScene('empty', { automated: { selfHeal: true, prune: true } });
    const before = await scene.configMap();

    await argoCd.cluster.kubectl(['-n', scene.backends, 'delete', 'service', '--all']);
    await scene.refresh('hard');
    await scene.untilConfigMap('empty', (live) => !('prometheus/metrics' in toolsetsIn(live)));

    const { status } = await scene.untilSynced();
    const after = await scene.configMap();
    expect(status?.conditions ?? []).to.deep.equal([]);
    expect(after?.metadata.uid).to.equal(before?.metadata.uid);
    expect(toolsetsIn(after)).to.deep.equal({ 'kubernetes/core': { enabled: true } });
  });

  it('serves two Applications of one repository at the same time, each with its own settings', async () => {
    const [dev, prod] = [await openScene(argoCd, 'dev'), await openScene(argoCd, 'prod', { target: prodTarget })];
    await argoCd.cluster.apply([service(dev.backends, 'loki', 3100), service(prod.backends, 'prometheus', 9090)]);

    await Promise.all([dev.create(), prod.create()]);
    await Promise.all([dev.untilSynced(), prod.untilSynced()]);
    await Promise.all([dev.refresh('hard'), prod.refresh('hard')]);

    const [ofDev, ofProd] = [await dev.untilSynced(), await prod.untilSynced()];
    expect(ofDev.status?.resources).to.have.length(1);
    expect(ofProd.status?.resources).to.have.length(1);
    expect(Object.keys(await dev.toolsets())).to.deep.equal(['grafana/loki', 'kubernetes/core']);
    expect(Object.keys(await prod.toolsets())).to.deep.equal(['kubernetes/core', 'prometheus/metrics']);
    expect((await dev.configMap())?.metadata.labels).to.not.have.property('tier');
    expect((await prod.configMap())?.metadata.labels).to.have.property('tier', 'prod');
    expect(JSON.stringify(await dev.configMap())).to.not.include('prod');
    expect(JSON.stringify(await prod.configMap())).to.not.include('dev');
  });

  it('does not write the ConfigMap when nothing has changed', async () => {
    const scene = await syncedScene('steady');
    const before = await scene.configMap();

    await scene.refresh('hard');
    await scene.sync();

    expect((await scene.untilSynced()).status?.operationState?.phase).to.equal('Succeeded');
    expect((await scene.configMap())?.metadata.resourceVersion).to.equal(before?.metadata.resourceVersion);
  });

  async function syncedScene(name: string, options: Parameters<Scene['create']>[0] = {}): Promise<Scene> {
    const scene = await openScene(argoCd, name);
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
    await scene.create(options);
    await scene.untilSynced();
    expect((await scene.configMap())?.data).to.have.all.keys(configMapKey);
    return scene;
  }
});

interface Configured {
  readonly config: Readonly<Record<string, unknown>>;
}

const prodTarget = { configMap: { namespace: 'prod', labels: { tier: 'prod' } } };

function clusterIp(created: KubeObject): string {
  return (created.spec as { readonly clusterIP: string }).clusterIP;
}
