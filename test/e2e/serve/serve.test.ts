import { expect } from 'chai';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { buildProgram, toolsetYaml } from '../../cluster/support/program.ts';
import type { Program } from '../../cluster/support/program.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapName, openScene, toolsetsIn } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { startServe } from '../support/serve.ts';
import type { Serve } from '../support/serve.ts';

const ready = { health: { check: 'readiness' } };

describe('e2e/serve', () => {
  let argoCd: ArgoCd;
  let program: Program;
  let serve: Serve;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd();
    program = await buildProgram(argoCd.cluster.folder);
    serve = await startServe(program, ['--kubeconfig', await argoCd.cluster.kubeconfig()]);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (serve as Serve | undefined)?.stop();
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  it('adds a new backend to the ConfigMap, and removes a deleted one', async () => {
    const scene = await syncedScene('lifecycle');

    await backend(scene, 'loki', 3100);
    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
    await argoCd.cluster.request('DELETE', `/api/v1/namespaces/${scene.backends}/services/loki`);
    await scene.untilConfigMap('without Loki', (live) => !('grafana/loki' in toolsetsIn(live)));

    const { status } = await scene.untilSynced();
    expect(status?.operationState?.phase).to.equal('Succeeded');
  });

  for (const option of ['ServerSideApply', 'ApplyOutOfSyncOnly', 'Replace', 'RespectIgnoreDifferences'])
    it(`adds a new backend to the ConfigMap of an Application with ${option}=true`, async () => {
      const scene = await syncedScene(option.toLowerCase(), ready, { syncOptions: [`${option}=true`] });

      await backend(scene, 'loki', 3100);
      await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));

      const { status } = await scene.untilSynced();
      expect(status?.operationState?.phase).to.equal('Succeeded');
    });

  it('reports that a refresh has no effect if the Application ignores all differences of the ConfigMap', async () => {
    const scene = await syncedScene('ignored');
    const from = serve.events.length;

    await ignoring(scene, ['/data', '/metadata/annotations']);
    await backend(scene, 'loki', 3100);
    await serve.until('refresh-had-no-effect', { application: 'argocd/ignored' }, from);

    expect((await scene.get()).status?.sync?.status).to.equal('Synced');
    expect(await scene.toolsets()).to.not.have.property('grafana/loki');
  });

  it('does not notice that an Application which ignores the data alone gets a new digest with old data', async () => {
    const scene = await syncedScene('data', ready, { syncOptions: ['RespectIgnoreDifferences=true'] });
    const from = serve.events.length;

    await ignoring(scene, ['/data']);
    await backend(scene, 'loki', 3100);
    await serve.until('configmap-up-to-date', { application: 'argocd/data' }, from);

    expect(await scene.toolsets()).to.not.have.property('grafana/loki');
  });

  it('leaves a ConfigMap that Git has moved elsewhere, reports it, and keeps the new one up to date', async () => {
    const scene = await syncedScene('moved-from');
    const { untilConfigMap } = await openScene(argoCd, 'moved-to');
    const from = serve.events.length;

    await scene.commit({
      'toolset.yaml': toolsetYaml({ ...scene.spec, target: { configMap: { namespace: 'moved-to' } } }),
    });
    await scene.refresh('normal');
    await untilConfigMap('generated', () => true);
    const left = { configMap: `moved-from/${configMapName}`, reason: 'NoLongerGenerated' };
    await serve.until('configmap-problem', left, from);
    await backend(scene, 'loki', 3100);
    await untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
    await serve.until('configmap-up-to-date', { configMap: `moved-to/${configMapName}` }, from);

    expect(await scene.toolsets()).to.not.have.property('grafana/loki');
    const about = serve.about('moved-from', from).map(({ event }) => event);
    expect(about.filter((event) => event === 'refresh-requested' || event === 'sync-failed')).to.deep.equal([
      'refresh-requested',
    ]);
  });

  it('does not have Argo CD apply a second source without its hooks after a hook has failed', async () => {
    const scene = await openScene(argoCd, 'hooked', ready);
    await backend(scene, 'prometheus', 9090);
    const more = 'hooked-more';
    const hook = (when: string): object => ({ annotations: { 'argocd.argoproj.io/hook': when } });
    await argoCd.repository.commit({
      [`${more}/plain.yaml`]: plain('plain', { version: '1' }),
      [`${more}/after.yaml`]: plain('after', {}, hook('PostSync')),
    });
    await createWith(scene, more);
    await scene.untilSynced();
    const after = '/api/v1/namespaces/hooked/configmaps/after';
    expect((await argoCd.cluster.request('DELETE', after)).status).to.equal(200);
    await backend(scene, 'tempo', 3200);
    await scene.untilConfigMap('with Tempo', (live) => 'grafana/tempo' in toolsetsIn(live));
    await scene.untilSynced();
    expect((await argoCd.cluster.request('GET', after)).status).to.equal(404);
    // It fails: there is no such namespace.
    await argoCd.repository.commit({
      [`${more}/plain.yaml`]: plain('plain', { version: '2' }),
      [`${more}/before.yaml`]: plain('before', {}, { namespace: 'not-there', ...hook('PreSync') }),
    });
    await scene.refresh('normal');
    await scene.until('failed', ({ status }) => status?.operationState?.phase === 'Failed');
    const from = serve.events.length;

    await backend(scene, 'loki', 3100);
    await serve.until('application-needs-action', { application: 'argocd/hooked', reason: 'HookFailed' }, from);
    expect(serve.about('hooked', from).map(({ event }) => event)).to.not.include('sync-requested');
    await argoCd.repository.commit({ [`${more}/before.yaml`]: null });
    await scene.refresh('normal');

    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
    await scene.untilSynced();
  });

  it('asks for nothing while Argo CD is made to ignore the Application, and continues afterwards', async () => {
    const scene = await syncedScene('skipped');
    const from = serve.events.length;
    const skip = (value: string | null): Promise<string> =>
      patchApplication(scene, { metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': value } } });

    await skip('true');
    await backend(scene, 'loki', 3100);
    await serve.until('application-needs-action', { application: 'argocd/skipped', reason: 'ReconcileSkipped' }, from);
    expect(serve.about('skipped', from).map(({ event }) => event)).to.not.include('refresh-requested');
    await skip(null);

    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
  });

  it('follows changes of ports, labels and annotations', async () => {
    const scene = await syncedScene('changes');
    const url = (port: number): string => `http://prometheus.${scene.backends}.svc.cluster.local:${String(port)}`;

    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9091)]);
    await scene.untilConfigMap('with the new port', (live) => urlIn(live) === url(9091));
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9091, 'something-else')]);
    await scene.untilConfigMap('without Prometheus', (live) => urlIn(live) === undefined);
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9090)]);
    await scene.untilConfigMap('with Prometheus again', (live) => urlIn(live) === url(9090));
    const annotations = { 'kubernaut.io/toolset': 'false' };
    await argoCd.cluster.request(
      'PATCH',
      `/api/v1/namespaces/${scene.backends}/services/prometheus`,
      { metadata: { annotations } },
      mergePatch,
    );
    await scene.untilConfigMap('opted out', (live) => urlIn(live) === undefined);
  });

  it('adds a backend once it is ready, and removes one that is unready for too long', async () => {
    const scene = await syncedScene('readiness', { health: { check: 'readiness', evictAfter: '3s' } });
    const from = serve.events.length;
    await argoCd.cluster.apply([
      service(scene.backends, 'loki', 3100),
      endpointSlice(scene.backends, 'loki', { notReady: 1 }),
    ]);
    // Told of one after the other: what was told of a later Service was told of this one too.
    await backend(scene, 'tempo', 3200);
    await scene.untilConfigMap('with Tempo', (live) => 'grafana/tempo' in toolsetsIn(live));
    expect(await scene.toolsets()).to.not.have.property('grafana/loki');

    await argoCd.cluster.apply([endpointSlice(scene.backends, 'loki', { ready: 1 })]);
    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
    await argoCd.cluster.apply([endpointSlice(scene.backends, 'loki', { notReady: 1, changed: new Date() })]);
    await scene.untilConfigMap('without Loki', (live) => !('grafana/loki' in toolsetsIn(live)));

    await serve.until('configmap-out-of-date', { application: 'argocd/readiness', cause: 'time' }, from);
  });

  it('requests nothing for a commit to overrides, which Argo CD detects itself', async () => {
    const scene = await syncedScene('overridden');
    const from = serve.events.length;

    const config = { query_timeout_seconds_default: 30 };
    const revision = await scene.commit({ 'overrides.yaml': { toolsets: { 'prometheus/metrics': { config } } } });
    await scene.refresh('normal');
    await scene.untilSynced(revision);

    expect(await scene.toolsets()).to.have.nested.property(
      'prometheus/metrics.config.query_timeout_seconds_default',
      30,
    );
    expect(serve.about('overridden', from)).to.deep.equal([]);
  });

  it('requests no refresh for 200 Services that come and go but are not candidates', async () => {
    const scene = await syncedScene('churn');
    const from = serve.events.length;
    const others = Array.from({ length: 200 }, (_, index) => service(scene.backends, `web-${index}`, 80));

    await argoCd.cluster.apply([
      ...others,
      ...others.map(({ metadata }) => endpointSlice(scene.backends, metadata.name, { ready: 1 })),
    ]);
    await Promise.all(
      others.map(({ metadata }) =>
        argoCd.cluster.request('DELETE', `/api/v1/namespaces/${scene.backends}/services/${metadata.name}`),
      ),
    );
    await backend(scene, 'loki', 3100);
    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));

    const refreshes = serve.about('churn', from).filter(({ event }) => event === 'refresh-requested');
    expect(refreshes).to.have.length(1);
  });

  it('applies many changes in a row without waiting for self-heal', async () => {
    const scene = await syncedScene('series');
    const from = serve.events.length;

    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const namespace = scene.backends;
      await argoCd.cluster.apply([service(namespace, `loki-${name}`, 3100, 'loki')]);
      await argoCd.cluster.apply([endpointSlice(namespace, `loki-${name}`, { ready: 1 })]);
      await argoCd.cluster.apply([service(namespace, 'prometheus', 9100 + name.charCodeAt(0))]);
      await scene.untilConfigMap('changed', (live) => urlIn(live)?.endsWith(`:${9100 + name.charCodeAt(0)}`) === true);
      await scene.untilSynced();
    }

    expect(serve.about('series', from).filter(({ level }) => level === 'warn' || level === 'error')).to.deep.equal([]);
  });

  it('leaves the sync to people when selfHeal is off, and reports that action is needed', async () => {
    const scene = await syncedScene('manual', ready, { automated: {} });
    const from = serve.events.length;

    await backend(scene, 'loki', 3100);
    await serve.until('application-needs-action', { application: 'argocd/manual', reason: 'NoSelfHeal' }, from);
    const { status } = await scene.get();

    expect(status?.sync?.status).to.equal('OutOfSync');
    expect(await scene.toolsets()).to.not.have.property('grafana/loki');
    expect(serve.about('manual', from).map(({ event }) => event)).to.not.include('sync-requested');
    const headers = { authorization: `Bearer ${argoCd.cluster.adminToken}` };
    const metrics = await (await fetch(`${serve.url}/metrics`, { headers })).text();
    expect(metrics.match(/^toolset_configmap_needs_action\{.*\} 1$/gm))
      .to.have.length(1)
      .and.to.match(/namespace="manual/);
  });

  it('retries a failed generation until it succeeds', async () => {
    const scene = await syncedScene('forbidden');
    const from = serve.events.length;
    await scene.allow(false);

    await backend(scene, 'loki', 3100);
    await serve.until('generation-failed', { application: 'argocd/forbidden' }, from);
    await scene.allow(true);
    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));

    expect((await scene.untilSynced()).status?.conditions ?? []).to.deep.equal([]);
  });

  it('detects what changed while it was not running', async () => {
    const scene = await syncedScene('restart');
    expect(await serve.stop()).to.equal(0);

    await backend(scene, 'loki', 3100);
    serve = await startServe(program, ['--kubeconfig', await argoCd.cluster.kubeconfig()]);
    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));

    await serve.until('configmap-out-of-date', { application: 'argocd/restart', cause: 'start' });
  });

  it('reports invalid settings in an edited ConfigMap, and continues once they are restored', async () => {
    const scene = await syncedScene('tampered', ready, { automated: {} });
    const from = serve.events.length;
    const edit = async (settings: string): Promise<void> => {
      const path = `/api/v1/namespaces/${scene.name}/configmaps/${configMapName}`;
      await argoCd.cluster.request(
        'PATCH',
        path,
        { metadata: { annotations: { 'kubernaut.io/toolset-settings': settings } } },
        mergePatch,
      );
    };
    const before = (await scene.configMap())?.metadata.annotations?.['kubernaut.io/toolset-settings'];

    await edit('{"discovery":{"from":"the future"}}');
    const { reason, message } = await serve.until('configmap-problem', { application: 'argocd/tampered' }, from);
    await edit(before ?? '');
    await backend(scene, 'loki', 3100);
    await serve.until('refresh-requested', { application: 'argocd/tampered' }, from);

    expect(reason).to.equal('SettingsInvalid');
    expect(message).to.include('toolset-settings');
  });

  it('does not touch an Application that does not list the ConfigMap', async () => {
    const scene = await syncedScene('victim');
    const from = serve.events.length;
    const [live] = [await scene.configMap()];
    const annotations = {
      ...live?.metadata.annotations,
      'argocd.argoproj.io/tracking-id': `victim:/ConfigMap:elsewhere/${configMapName}`,
    };

    await argoCd.cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          namespace: 'elsewhere',
          name: configMapName,
          labels: live?.metadata.labels ?? {},
          annotations: { ...annotations, 'kubernaut.io/toolset-digest': 'sha256:0' },
        },
        data: {},
      },
    ]);
    const { reason, message } = await serve.until(
      'configmap-problem',
      { configMap: `elsewhere/${configMapName}` },
      from,
    );

    expect(reason).to.equal('TrackedApplicationNotFound');
    expect(message).to.include('"victim"');
    expect(serve.about('victim', from)).to.deep.equal([]);
  });

  async function syncedScene(
    name: string,
    spec: object = ready,
    options: Parameters<Scene['create']>[0] = {},
  ): Promise<Scene> {
    const scene = await openScene(argoCd, name, spec);
    await backend(scene, 'prometheus', 9090);
    await scene.create(options);
    await scene.untilSynced();
    return scene;
  }

  async function ignoring(scene: Scene, jsonPointers: readonly string[]): Promise<void> {
    await patchApplication(scene, { spec: { ignoreDifferences: [{ kind: 'ConfigMap', jsonPointers }] } });
  }

  function patchApplication({ name }: Scene, change: object): Promise<string> {
    const args = ['-n', 'argocd', 'patch', 'application', name, '--type=merge', '-p', JSON.stringify(change)];
    return argoCd.cluster.kubectl(args);
  }

  /** Creates the Application with a second source of plain manifests; a failed sync is not repeated. */
  async function createWith({ name }: Scene, path: string): Promise<void> {
    const source = { repoURL: argoCd.repository.url, targetRevision: 'main' };
    await argoCd.cluster.apply([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { namespace: 'argocd', name },
        spec: {
          project: 'default',
          sources: [
            { ...source, path: name, plugin: { name: 'dynamic-toolset' } },
            { ...source, path },
          ],
          destination: { server: 'https://kubernetes.default.svc', namespace: name },
          syncPolicy: { automated: { selfHeal: true }, retry: { limit: 0 } },
        },
      },
    ]);
  }

  function plain(name: string, data: Readonly<Record<string, string>>, metadata: object = {}): object {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'hooked', ...metadata }, data };
  }

  async function backend(scene: Scene, name: string, port: number): Promise<void> {
    await argoCd.cluster.apply([
      service(scene.backends, name, port),
      endpointSlice(scene.backends, name, { ready: 1 }),
    ]);
  }
});

const mergePatch = { contentType: 'application/merge-patch+json' };

function urlIn(live: Parameters<typeof toolsetsIn>[0]): string | undefined {
  const entry = toolsetsIn(live)['prometheus/metrics'] as
    { readonly config?: { readonly prometheus_url?: string } } | undefined;
  return entry?.config?.prometheus_url;
}
